"""Of the customers who entered reminding, how many are still customers: read for one creditor and its reminders of a time."""

from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment, moment_in
from domain.money.amount import Money
from domain.parties.customers_kept import Entered, Kept, customers_kept
from facts.parties import relations

REMINDING: Final = ["reminder", "block-warning", "termination-warning", "collection-notice"]
# A customer counts once, by its first reminder of the time; else by its first invoice that fell due in it. Money that was
# booked three days after the due date may have been paid on it. Of those whose relation nobody told of it is only counted
# how many had an invoice that fell due in the time.
FIGURES = text("""
with claim as materialized (
  select d.customer_number, d.country, c.id as case_id, i.id as invoice_id, i.due_date, i.amount, i.currency
  from (select distinct customer_number from customer_relation where creditor_id = :creditor) r
  join debtor d on d.creditor_id = :creditor and d.customer_number = r.customer_number
  join dunning_case c on c.debtor_id = d.id join invoice i on i.id = c.invoice_id),
reminded as materialized (
  select distinct on (l.customer_number) l.*, v.accepted_at as reminded_at
  from claim l join delivery_case dc on dc.case_id = l.case_id join delivery v on v.id = dc.delivery_id
  where v.message = any(:reminding) and not v.alert and v.state not in ('shadow', 'withdrawn') and v.accepted_at >= :since
  order by l.customer_number, v.accepted_at, l.case_id),
due as (
  select distinct on (l.customer_number) l.*, cast(null as timestamptz) as reminded_at from claim l
  where l.due_date >= :from and l.due_date < :today and l.customer_number not in (select customer_number from reminded)
  order by l.customer_number, l.due_date, l.case_id)
select e.*, (select true from instalment_plan p where p.case_id = e.case_id limit 1) is not null as plan,
  (select true from ledger_entry l where l.invoice_id = e.invoice_id and l.kind in ('fee', 'compensation') and l.reverses is null
     and not exists (select from ledger_entry r where r.reverses = l.id) limit 1) is not null as fee,
  (select true from debtor d join invoice i on i.debtor_id = d.id join ledger_entry l on l.invoice_id = i.id
   where d.creditor_id = :creditor and d.customer_number = e.customer_number and i.due_date < e.due_date
     and l.kind = 'payment' and l.booked_on > i.due_date + 3 limit 1) is not null as late_before
from (select * from reminded union all select * from due) e
""")
NOT_TOLD_OF = text("""
select count(distinct d.customer_number) from debtor d
where d.creditor_id = :creditor and d.customer_number is not null and not exists (
    select from customer_relation r where r.creditor_id = d.creditor_id and r.customer_number = d.customer_number)
  and exists (select from invoice i where i.debtor_id = d.id and i.due_date >= :from and i.due_date < :today)
""")


async def kept(connection: AsyncConnection, creditor: str, since: Moment, today: date) -> list[Kept]:
    """The customers kept of a creditor, of those first reminded since a day began, by the calendar of that day."""
    values = {
        "creditor": creditor,
        "reminding": REMINDING,
        "since": since.at,
        "from": since.day,
        "today": today,
    }
    rows = (await connection.execute(FIGURES, values)).all()
    events = await relations.told(connection, creditor, [row.customer_number for row in rows])
    entered = [
        Entered(
            on=moment_in(row.country, row.reminded_at).day if row.reminded_at else row.due_date,
            reminded=row.reminded_at is not None,
            paid_late_before=row.late_before,
            fee=row.fee,
            plan=row.plan,
            claim=Money(row.amount, row.currency),
            events=events[row.customer_number],
        )
        for row in rows
    ]
    not_told_of = (await connection.execute(NOT_TOLD_OF, values)).scalar_one()
    return customers_kept(entered, not_told_of, today)
