"""Customers lost: who was a customer when a time began and is none when it ends, by payment method and punctuality."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.intervals import FEWEST, of_share
from domain.parties.customers_lost import Group, WasCustomer, customers_lost
from facts.parties import relations
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, and_few, percent_of

BEFORE: Final = timedelta(days=365)
"""The time before in which it is looked how customers paid."""

# An invoice was paid late where money was booked three days after its due date, as with customers kept, or none was at all.
PAID = text("""
with due as materialized (
  select i.id, d.customer_number, i.due_date from debtor d join invoice i on i.debtor_id = d.id
  where d.creditor_id = :creditor and d.customer_number is not null and i.due_date >= :from and i.due_date < :since
    and i.happened_at < :begins),
paid as (
  select u.customer_number, u.due_date, max(l.booked_on) filter (where l.kind = 'payment') as booked_on, sum(l.amount) as owed
  from due u join ledger_entry l on l.invoice_id = u.id where l.happened_at < :begins
  group by u.id, u.customer_number, u.due_date)
select customer_number, count(*) as invoices, count(*) filter (where booked_on > due_date + 3 or owed > 0) as late
from paid where booked_on is not null or owed > 0 group by customer_number
""")


async def _churn(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    told = await relations.told_until(connection, asked.creditor, asked.ends)
    values = {**asked.values, "from": asked.since - BEFORE}
    paid = {row.customer_number: row for row in await connection.execute(PAID, values)}
    customers = (WasCustomer(events, *_invoices(paid.get(number))) for number, events in told.items())
    groups = customers_lost(customers, asked.since, asked.on)
    shown = [each for each in groups if each.customers >= FEWEST]
    rows = [_row(each) for each in shown]
    return rows, and_few(_said(groups, asked), len(groups) - len(shown), "groups")


def _invoices(row: Any) -> tuple[int, int]:
    return (row.invoices, row.late) if row is not None else (0, 0)


def _row(group: Group) -> Row:
    lost = of_share(group.lost, group.customers)
    return {
        "by": group.by,
        "group": group.group,
        "customers": group.customers,
        "lost": group.lost,
        **{name: percent_of(lost[place]) if lost else None for place, name in enumerate(LOST)},
    }


def _said(groups: Iterable[Group], asked: Asked) -> str:
    by = defaultdict[str, list[Group]](list)
    for each in groups:
        by[each.by].append(each)
    everybody = next(iter(by["all"]), None)
    if everybody is None or everybody.customers < FEWEST:
        return f"of too few customers it is known that they were customers on {asked.since}"
    share = of_share(everybody.lost, everybody.customers)
    assert share is not None
    return (
        f"{percent_of(share.value)} % of the {everybody.customers} customers of {asked.since} were lost by {asked.on} "
        f"({percent_of(share.low)} to {percent_of(share.high)} %)"
    )


LOST = ("lost_percent", "lost_from", "lost_to")
CHURN = ReportSpec(
    "churn",
    "Customers lost",
    (
        CREDITOR,
        Column("by", "text", "What sets the group apart."),
        Column("group", "text", "Which of them."),
        Column("customers", "count", "Customers when the first day began, whose relation was told of."),
        Column("lost", "count", "Of them, no customers any more on the last day."),
        Column("lost_percent", "percent", "Which share that is."),
        Column("lost_from", "percent", "At least such a share, chance apart."),
        Column("lost_to", "percent", "At most such a share."),
    ),
    _churn,
    ("group", ("lost_percent",)),
    usual_days=365,
)
