"""Locks of cases: debtors before cases, each in the order of their ids, so that nobody waits in a circle."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.addresses import written_to
from facts.cases.load import Located

# The debtor `own`, and after it whoever is written to about it, whose contact cap it shares: a parent is nobody's child, so
# that nobody waits in a circle.
PERSON = """
  select d.id, d.id = own.id as owes from own join debtor d on d.id in (own.id, own.written_to)
  order by d.id = own.id desc for no key update of d"""
# The debtor first, then the case: every act towards one debtor takes the same locks in the same order. The weaker lock
# of the debtor: who holds a case and refers to its debtor must not wait for one who waits for the case.
OWN = f"""
with acting as materialized (
  select c.id, c.debtor_id from invoice i join dunning_case c on c.invoice_id = i.id
  where i.creditor_id = :creditor and i.number = :number),
own as materialized (
  select d.id, {written_to("d")} as written_to from debtor d where d.id = (select debtor_id from acting)),
person as materialized ({PERSON})"""
# With those that have credit, which may pay the case.
LOCK = text(f"""{OWN}
select c.id, k.ahead, c.id = (select id from acting) as acts
from person join dunning_case c on c.debtor_id = person.id and person.owes
left join creditor_clock k on k.creditor_id = c.creditor_id
where c.id = (select id from acting) or c.balance < 0
order by c.id for update of c
""")
# With the debtor's open cases that may ride in the same message: their moment has come, they have not looked since news
# came, or they ride in one that has no answer. All in the order of their ids: nobody waits in a circle.
LOCK_WITH_RIDERS = text(f"""{OWN},
riding as (
  select s.case_id from acting join delivery_case o on o.case_id = acting.id
  join delivery d on d.id = o.delivery_id and d.state in ('claimed', 'unavailable')
  join delivery_case s on s.delivery_id = d.id)
select c.id, k.ahead, c.id = (select id from acting) as acts
from person join dunning_case c on c.debtor_id = person.id and person.owes
left join creditor_clock k on k.creditor_id = c.creditor_id
where c.id = (select id from acting) or (c.state = 'open'
  and (least(c.next_at, c.next_own_at) <= cast(:soon as timestamptz) + coalesce(k.ahead, interval '0')
  or c.looked_seq < c.news_seq or c.id in (select case_id from riding)))
order by c.id for update of c
""")
# Debtors of many cases, then all their open cases, of which each hears.
LOCK_DEBTORS = text("""
select id from debtor where id in (select debtor_id from dunning_case where id = any(:cases)) order by id for no key update
""")
LOCK_THEIR_CASES = text("""
select id from dunning_case where state = 'open'
  and debtor_id in (select debtor_id from dunning_case where id = any(:cases)) order by id for update
""")
LOCK_CASES = text("select id from dunning_case where id = any(:cases) order by id for update")
LOCK_NEWS = text("select news_seq from dunning_case where id = :case for update")


async def lock_with_debtor(connection: AsyncConnection, creditor: str, number: str) -> Located | None:
    """Lock an invoice's case and its debtor: acts towards one debtor happen one after the other. None: no such case."""
    rows = (await connection.execute(LOCK, {"creditor": creditor, "number": number})).all()
    return next((Located(row.id, row.ahead) for row in rows if row.acts), None)


async def lock_with_riders(
    connection: AsyncConnection, creditor: str, number: str, soon: datetime
) -> tuple[Located | None, list[int]]:
    """The same, with the debtor's other open cases that may have a message to send by `soon` (UTC, in their own time)."""
    values = {"creditor": creditor, "number": number, "soon": soon}
    rows = (await connection.execute(LOCK_WITH_RIDERS, values)).all()
    acting = next((Located(row.id, row.ahead) for row in rows if row.acts), None)
    return acting, [row.id for row in rows if not row.acts]


async def lock_cases(connection: AsyncConnection, cases: Sequence[int]) -> None:
    """Lock cases, in the order of their ids. New news for them waits."""
    await connection.execute(LOCK_CASES, {"cases": list(cases)})


async def lock_debtors(connection: AsyncConnection, cases: Sequence[int]) -> None:
    """Lock the debtors of some cases, and all of their open cases."""
    await connection.execute(LOCK_DEBTORS, {"cases": list(cases)})
    await connection.execute(LOCK_THEIR_CASES, {"cases": list(cases)})


async def lock_news(connection: AsyncConnection, case: int) -> int:
    """Lock a case; gives the number of its latest news."""
    number: int = (await connection.execute(LOCK_NEWS, {"case": case})).scalar_one()
    return number
