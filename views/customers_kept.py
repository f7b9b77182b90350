"""Of the customers who entered reminding, how many are still customers: read for one creditor and its reminders of a time."""

from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment, moment_in
from domain.money.amount import Money
from domain.parties.customers_kept import Entered, Kept, customers_kept
from facts.parties import relations

# As the index `delivery_reminder` has it.
REMINDERS: Final = """
v.message in ('reminder', 'block-warning', 'termination-warning', 'collection-notice') and not v.alert
      and v.state not in ('shadow', 'withdrawn')"""
# A customer counts once, by its first reminder of the time; else by its first invoice that fell due in it. Money that was
# booked three days after the due date may have been paid on it. Of those whose relation nobody told of it is only counted
# how many had an invoice that fell due in the time. What sets the reminded apart is asked of them alone.
FIGURES = text(f"""
with customer as materialized (
  select d.id as debtor_id, d.customer_number, d.country from debtor d where d.creditor_id = :creditor
    and d.customer_number in (select customer_number from customer_relation where creditor_id = :creditor)
  order by d.id),
first as materialized (
  select distinct on (t.customer_number) t.customer_number, t.country, v.accepted_at as reminded_at, dc.case_id
  from customer t cross join lateral (
    select v.id, v.accepted_at from delivery v
    where v.debtor_id = t.debtor_id and v.accepted_at >= :since and {REMINDERS}
    order by v.accepted_at fetch first row with ties) v
  join delivery_case dc on dc.delivery_id = v.id
  order by t.customer_number, v.accepted_at, dc.case_id),
reminded as materialized (
  select f.customer_number, f.country, f.reminded_at, c.id as case_id, i.id as invoice_id, i.due_date, i.amount, i.currency
  from first f join dunning_case c on c.id = f.case_id join invoice i on i.id = c.invoice_id),
late as materialized (
  select e.customer_number from reminded e join customer t on t.customer_number = e.customer_number cross join lateral (
    select from invoice i join ledger_entry l on l.invoice_id = i.id
    where i.debtor_id = t.debtor_id and i.due_date < e.due_date and l.kind = 'payment' and l.booked_on > i.due_date + 3
    limit 1) l)
select e.customer_number, e.country, e.reminded_at, e.due_date, e.amount, e.currency,
  (select true from instalment_plan p where p.case_id = e.case_id limit 1) is not null as plan,
  (select count(*) filter (where l.kind in ('fee', 'compensation') and l.reverses is null)
     > count(distinct l.reverses) filter (where l.part = 'fee') from ledger_entry l where l.invoice_id = e.invoice_id) as fee,
  e.customer_number in (select customer_number from late) as late_before
from reminded e
union all
select * from (
  select distinct on (t.customer_number) t.customer_number, t.country, cast(null as timestamptz), i.due_date, i.amount,
    i.currency, false, false, false
  from customer t join invoice i on i.debtor_id = t.debtor_id join dunning_case c on c.invoice_id = i.id
  where i.due_date >= :from and i.due_date < :today and t.customer_number not in (select customer_number from reminded)
  order by t.customer_number, i.due_date, c.id) due
""")
NOT_TOLD_OF = text("""
select count(*) from (
  select from debtor d where d.creditor_id = :creditor and d.customer_number is not null
    and exists (select from invoice i where i.debtor_id = d.id and i.due_date >= :from and i.due_date < :today)
    and d.customer_number not in (select customer_number from customer_relation where creditor_id = :creditor)
  group by d.customer_number) untold
""")


async def kept(connection: AsyncConnection, creditor: str, since: Moment, today: date) -> list[Kept]:
    """The customers kept of a creditor, of those first reminded since a day began, by the calendar of that day."""
    values = {
        "creditor": creditor,
        "since": since.at,
        "from": since.day,
        "today": today,
    }
    rows = (await connection.execute(FIGURES, values)).all()
    events = await relations.told(connection, creditor, [row.customer_number for row in rows])
    entered = (
        Entered(
            on=moment_in(country, reminded_at).day if reminded_at else due_date,
            reminded=reminded_at is not None,
            paid_late_before=late_before,
            fee=fee,
            plan=plan,
            claim=Money(amount, currency),
            events=events[number],
        )
        for number, country, reminded_at, due_date, amount, currency, plan, fee, late_before in rows
    )
    not_told_of = (await connection.execute(NOT_TOLD_OF, values)).scalar_one()
    return customers_kept(entered, not_told_of, today)
