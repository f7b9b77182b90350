"""One field of the desk finds whatever is said: cases by number, KID or amount, debtors by name, phone, email or number.

What was damaged is looked for where nothing is found as it was written. Nothing out of reach is found, or counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from domain.money.matching.reading import Clue, Searched, number_key, searched
from facts.desk.within import GIVEN
from views.desk_cases import DeskCase, desk_cases
from views.found_debtors import MOST, FoundDebtor, as_said, debtors_within

By = Literal["number", "reference", "slip", "amount"]
EXACTLY: Final = frozenset({"customer number", "address", "reference"})
EVERY_WAY: Final = EXACTLY | {"number", "slip", "amount", "name"}
OF_AN_AMOUNT: Final = 200  # cases of one creditor are looked at, the newest

EVERY = text("select id from creditor order by id")
# However a number is copied; who has it to the letter comes first.
BY_NUMBER = text(f"""
select c.id from invoice i join dunning_case c on c.invoice_id = i.id
where i.creditor_id = any(cast(:of_creditors as text[])) and i.number_key = any(cast(:keys as text[])) and {GIVEN}
order by i.number = :said desc, i.id desc limit :most
""")
BY_REFERENCE = text(f"""
select c.id from (
  select id as invoice_id from invoice
  where reference = any(cast(:references as text[])) and creditor_id = any(cast(:of_creditors as text[]))
  union
  select k.invoice_id from instalment_plan n join dunning_case k on k.id = n.case_id
  where n.reference = any(cast(:references as text[])) and n.creditor_id = any(cast(:of_creditors as text[]))) found
join dunning_case c on c.invoice_id = found.invoice_id
where {GIVEN} order by c.state = 'open' desc, c.id desc limit :most
""")
# What is left first, then what the invoice was of. Each look-up is a lateral one with a bound, as matching's are; the index
# of amounts has the newest invoices first.
BY_AMOUNT = text(f"""
select c.id from (
  select o.id from unnest(cast(:of_creditors as text[])) w(creditor)
  cross join lateral (select id from dunning_case
    where balance = cast(:amount as numeric) and balance <> 0 and creditor_id = w.creditor limit {OF_AN_AMOUNT}) o
  union
  select k.id from unnest(cast(:of_creditors as text[])) w(creditor)
  cross join lateral (select id from invoice
    where creditor_id = w.creditor and amount = cast(:amount as numeric) limit {OF_AN_AMOUNT}) i
  cross join lateral (select id from dunning_case where invoice_id = i.id offset 0) k) found
cross join lateral (select * from dunning_case where id = found.id offset 0) c
where {GIVEN} order by c.balance = cast(:amount as numeric) desc, c.state = 'open' desc, c.id desc limit :most
""")
GOING_ON = text(f"""
select c.id from dunning_case c where c.debtor_id = :debtor and c.state = 'open' and {GIVEN} limit 2
""")


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that may be meant, and by what it was found."""

    case: DeskCase
    by: By


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody may mean: the surest first, `MOST` of each at most. `more`: others may fit as well."""

    cases: Sequence[FoundCase]
    debtors: Sequence[FoundDebtor]
    case: DeskCase | None = None  # the only one that was named exactly
    debtor: FoundDebtor | None = None  # the only one that was named exactly, who has several cases or none

    @property
    def more_cases(self) -> bool:
        """Whether other cases may fit as well."""
        return len(self.cases) >= MOST

    @property
    def more_debtors(self) -> bool:
        """Whether other debtors may fit as well."""
        return len(self.debtors) >= MOST

    @property
    def more(self) -> bool:
        """Whether others may fit as well."""
        return self.more_cases or self.more_debtors

    @property
    def ways(self) -> dict[int, By]:
        """By what each case was found."""
        return {each.case.case_id: each.by for each in self.cases}

    @property
    def nothing(self) -> bool:
        """Whether nobody and nothing fits."""
        return not (self.cases or self.debtors)


async def search(
    connection: AsyncConnection,
    reach: Reach,
    said: str,
    now: datetime,
    *,
    amount: Decimal | None = None,
    by: frozenset[str] = EVERY_WAY,
) -> Found:
    """Whatever within reach is meant by what was said, which may be an `amount` as well; found in these ways alone."""
    said = as_said(said)
    if not said:
        return Found((), ())
    within = await whole(connection, reach)
    meant = _read(said)
    cases = await _named(connection, within, said, meant)
    if amount:
        for case in await _ids(connection, within, BY_AMOUNT, amount=amount):
            cases.setdefault(case, "amount")
    cases = {case: way for case, way in cases.items() if way in by}
    debtors = [each for each in await debtors_within(connection, within, said, now) if each.by in by]
    if not cases and not debtors and "slip" in by:
        slips = sorted({slip for each in meant for slip in each.corrected})
        cases = dict.fromkeys(await _ids(connection, within, BY_REFERENCE, references=slips), "slip")
    rows = await desk_cases(connection, within, list(cases), now)
    found = Found([FoundCase(row, cases[row.case_id]) for row in rows][:MOST], debtors)
    return await _with_the_only_one(connection, within, found, now)


async def whole(connection: AsyncConnection, reach: Reach) -> Reach:
    """The same reach with its creditors by name, which indexes begin with."""
    if reach.creditors is not None:
        return reach
    return replace(reach, creditors=tuple((await connection.execute(EVERY)).scalars()))


def _read(said: str) -> tuple[Searched, Searched]:
    """What was said, as matching reads a payment's reference, and as it reads a text with numbers in it."""
    return searched(Clue(Decimal(1), "", reference=said)), searched(Clue(Decimal(1), "", text=said))


async def _named(connection: AsyncConnection, within: Reach, said: str, meant: Sequence[Searched]) -> dict[int, By]:
    """The cases whose number or reference was said: by which of them."""
    keys = {number_key(said), *(key for each in meant for key in each.keys)} - {""}
    references = {said, *(ref for each in meant for ref in (*each.references, *each.in_text))}
    found: dict[int, By] = {}
    for case in await _ids(connection, within, BY_NUMBER, said=said, keys=sorted(keys)):
        found[case] = "number"
    for case in await _ids(connection, within, BY_REFERENCE, references=sorted(references)):
        found.setdefault(case, "reference")
    return found


async def _ids(connection: AsyncConnection, within: Reach, statement: TextClause, **asked: object) -> list[int]:
    values = within.values | {"most": MOST} | asked
    return list((await connection.execute(statement, values)).scalars())


async def _with_the_only_one(connection: AsyncConnection, within: Reach, found: Found, now: datetime) -> Found:
    """What was found, with the only one of it that was named exactly: an amount names nobody, and blurs who is named."""
    named = [each.case for each in found.cases if each.by in ("number", "reference")]
    whom = {debtor.id: debtor for debtor in found.debtors if debtor.by in EXACTLY}
    if len(named) != len([each for each in found.cases if each.by != "slip"]):
        return found
    if len(named) == 1 and whom.keys() <= {named[0].debtor_id}:
        return replace(found, case=named[0])
    if named or len(whom) != 1:
        return found
    ((id, debtor),) = whom.items()
    theirs = (await connection.execute(GOING_ON, within.values | {"debtor": id})).scalars().all()
    only = await desk_cases(connection, within, theirs, now) if len(theirs) == 1 else []
    return replace(found, case=only[0]) if only else replace(found, debtor=debtor)
