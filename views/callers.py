"""Who may be on the telephone: the debtors whose number it is, as far as somebody sees them, with what tells them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.addresses import THEIRS
from facts.desk.within import GIVEN, OF_CREDITOR, OF_DEBTOR

MOST: Final = 20  # are offered
CASES: Final = 3  # of each, the newest that go on

CALLERS = text(f"""
select d.id, d.creditor_id, cr.name as creditor_name, d.name, d.customer_number,
  case when d.protected_address then '' else coalesce(d.address ->> -1, '') end as town,
  found.works, found.stands_in, array(
    select c.id from dunning_case c where c.debtor_id = d.id and c.state = 'open' and {GIVEN}
    order by c.id desc limit {CASES}) as cases
from (
  select p.debtor_id, bool_or(p.state in {THEIRS}) as works,
    case when bool_and(p.of_representative) then max(o.representative) end as stands_in
  from contact_point p join debtor o on o.id = p.debtor_id
  where p.id = any(cast(:points as int[])) and p.state <> 'wrong' group by p.debtor_id) found
join debtor d on d.id = found.debtor_id join creditor cr on cr.id = d.creditor_id
where {OF_CREDITOR.format(creditor="d.creditor_id")} and {OF_DEBTOR}
order by d.creditor_id = :first desc, found.works desc, d.id limit {MOST}
""")
# Whose place the number takes: as `debtor change` does it.
WHOM = text("""
select d.creditor_id, d.name, array(
  select distinct address from contact_point
  where debtor_id = d.id and channel in ('sms', 'phone') and state = 'valid' and not of_representative and role is null
    and address <> :number order by address) as instead, exists (select from contact_point
  where debtor_id = d.id and channel in ('sms', 'phone') and state = 'valid' and not of_representative
    and address = :number) as has_it
from debtor d where d.id = :debtor
""")


@dataclass(frozen=True, slots=True)
class Caller:
    """A debtor who may be on the telephone. `works`: the number is one that they have now, as far as is known."""

    debtor: int
    creditor: str
    creditor_name: str
    name: str
    customer_number: str | None
    town: str
    works: bool
    stands_in: str | None  # whose number it is, where that is not the debtor's own
    cases: Sequence[int]  # the newest that go on


async def who_calls(connection: AsyncConnection, reach: Reach, points: Sequence[int], first: str) -> list[Caller]:
    """The debtors within reach of these contact points, those of one creditor first."""
    if not points:
        return []
    values = reach.values | {"points": list(points), "first": first}
    return [Caller(*row) for row in await connection.execute(CALLERS, values)]


def the_only_one(callers: Sequence[Caller], creditor: str) -> Caller | None:
    """Who it is as far as a number tells: one alone has it, has it now and for themselves, and calls whom they owe."""
    if len(callers) != 1:
        return None
    (caller,) = callers
    return caller if caller.works and caller.stands_in is None and caller.creditor == creditor else None


@dataclass(frozen=True, slots=True)
class ToBind:
    """A debtor to whom a number may be bound: the numbers that they have besides, and whether they have this one."""

    creditor: str
    name: str
    instead: Sequence[str]
    has_it: bool


async def to_bind(connection: AsyncConnection, debtor: int, number: str) -> ToBind:
    """A debtor whom whoever asks sees."""
    return ToBind(*(await connection.execute(WHOM, {"debtor": debtor, "number": number})).one())
