"""Receivables: what is owed to a creditor on any day, by due date. The ledger is summed up, and what came since is read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import zone_of
from domain.money.receivables import Change

AT_ONCE = 200_000  # entries that are summed up in one transaction
PATIENCE = "50ms"  # a payment waits no longer for whoever asks up to where the ledger is whole

WHAT = """
case when e.payment_id is not null or e.kind in ('payment', 'transfer') then 'paid'
  when e.kind = 'principal' then 'invoiced' when e.kind = 'credit' then 'credited'
  when e.kind in ('fee', 'compensation', 'interest') then 'charged'
  when e.source = 'recovery' then 'recovered' when e.source = 'write-off' then 'written off' else 'taken back' end"""
# What changed after one number of the ledger through another, entry by entry and move by move: on which local day of the
# creditor, under which due date, and what of it is debtors' credit. A move takes what is owed from one due date to another.
CHANGES = """
select i.creditor_id, cast(s.happened_at at time zone z.zone as date) as day, i.currency, m.due_date, m.what, m.part, m.amount,
  m.credit, m.invoices
from (select invoice_id from ledger_entry where id > {after} and id <= {through}
    union select invoice_id from due_date_move where id > {after} and id <= {through}) t
cross join lateral (select * from invoice where id = t.invoice_id offset 0) i
join creditor cr on cr.id = i.creditor_id and cr.id = coalesce(cast(:creditor as text), cr.id)
join unnest(cast(:countries as text[]), cast(:zones as text[])) as z(country, zone) on z.country = cr.country
cross join lateral (
  select a.*, sum(a.amount) over (order by a.id) as balance from (
    select e.id, e.happened_at, e.amount, {what} as what, e.part, null::date as due_before, null::date as due_after
    from ledger_entry e where e.invoice_id = i.id and e.id <= {through}
    union all
    select d.id, d.happened_at, 0, 'due date', 'principal', d.due_before, d.due_after
    from due_date_move d where d.invoice_id = i.id and d.id <= {through}) a) s
cross join lateral (
  select coalesce((select d.due_before from due_date_move d where d.invoice_id = i.id and d.id > s.id order by d.id limit 1),
      i.due_date) as due_date, s.what, s.part, s.amount, least(s.balance, 0) - least(s.balance - s.amount, 0) as credit,
    cast(s.balance > 0 as int) - cast(s.balance - s.amount > 0 as int) as invoices
  where s.what <> 'due date'
  union all
  select v.due_date, s.what, s.part, v.sign * s.balance, v.sign * least(s.balance, 0), v.sign * cast(s.balance > 0 as int)
  from (values (s.due_before, -1), (s.due_after, 1)) v(due_date, sign) where s.what = 'due date' and s.balance <> 0) m
where s.id > {after}"""
COUNTRIES = text("select distinct country from creditor where id = coalesce(cast(:creditor as text), id)")
# Who posts waits for nobody but this, and this for nobody any longer: what has a number up to here is stored, all of it.
WHOLE = f"set local lock_timeout = '{PATIENCE}'; lock table ledger_entry, due_date_move in share mode"
LAST = text("select greatest((select max(id) from ledger_entry), (select max(id) from due_date_move), 0)")
ALONE = "lock table receivables_summary in exclusive mode"
SUMMED_UP = "(select coalesce(max(through), 0) from receivables_summary)"
SINCE = text(f"select {SUMMED_UP}")
SUM_UP = text(f"""
with summary as (
  insert into receivables_summary (after, through, happened_at) values (:after, :through, :now) returning id)
insert into receivables_of_day (summary_id, creditor_id, day, currency, due_date, what, part, amount, credit, invoices)
select (select id from summary), creditor_id, day, currency, due_date, what, part, sum(amount), sum(credit), sum(invoices)
from ({CHANGES.format(after=":after", through=":through", what=WHAT)}) c
group by creditor_id, day, currency, due_date, what, part order by creditor_id, day, currency, due_date, what, part
""")
NO_END = "2147483647"
READ = text(f"""
select width_bucket(day, cast(:begins as date[])) as period, currency, due_date, what, part, sum(amount) as amount,
  sum(credit) as credit, cast(sum(invoices) as int) as invoices
from (
  select day, currency, due_date, what, part, amount, credit, invoices from receivables_of_day
  where creditor_id = :creditor and day <= :on
  union all
  select day, currency, due_date, what, part, amount, credit, invoices
  from ({CHANGES.format(after=SUMMED_UP, through=NO_END, what=WHAT)}) since where day <= :on) r
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
""")


async def changes(connection: AsyncConnection, creditor: str, on: date, begins: Sequence[date] = ()) -> list[Change]:
    """What changed what is owed to a creditor, through a day of its own, as it was known when that day ended.

    `begins` are the first days of the periods after the first, in their order.
    """
    values = await _zones(connection, creditor) | {"on": on, "begins": list(begins) or [date.max]}
    rows = await connection.execute(READ, values)
    return [Change(**row) for row in rows.mappings()]


async def whole_through(connection: AsyncConnection) -> int:
    """Up to which number the ledger is whole: nobody is still about to store an entry under it.

    Raises OperationalError where somebody was for longer than posting should wait.
    """
    await connection.exec_driver_sql(WHOLE)
    last: int = (await connection.execute(LAST)).scalar_one()
    return last


async def not_summed_up(connection: AsyncConnection) -> int:
    """How many numbers of the ledger came since it was summed up."""
    last: int = (await connection.execute(LAST)).scalar_one()
    since: int = (await connection.execute(SINCE)).scalar_one()
    return last - since


async def sum_up(connection: AsyncConnection, through: int, now: datetime) -> int:
    """Sum up the ledger where that has not been done, up to a number at most; gives how many numbers are still left."""
    await connection.exec_driver_sql(ALONE)
    after: int = (await connection.execute(SINCE)).scalar_one()
    if after >= through:
        return 0
    until = min(through, after + AT_ONCE)
    values = await _zones(connection, None) | {"after": after, "through": until, "now": now}
    await connection.execute(SUM_UP, values)
    return through - until


async def _zones(connection: AsyncConnection, creditor: str | None) -> dict[str, Any]:
    countries = list((await connection.execute(COUNTRIES, {"creditor": creditor})).scalars())
    return {"creditor": creditor, "countries": countries, "zones": [zone_of(country).key for country in countries]}
