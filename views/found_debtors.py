"""Debtors found by whatever somebody says: a name with slips, a phone number, an address, a number, any reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from rapidfuzz.distance import OSA
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor
from domain.money.matching.names import words
from domain.money.matching.reading import number_key
from domain.parties.addresses import address_key
from facts.clock import is_live
from facts.going_on import GOES_ON

MOST = 20  # debtors are shown
COMPARED = 500  # of like names are compared letter by letter
ALIKE = 0.75  # the letters of a word that agree

LIVE = text(f"select id from creditor where {is_live('id')} order by id")
BY_NUMBER = text("""
select id from debtor where creditor_id = any(cast(:creditors as text[])) and customer_number = :words limit :most
""")
BY_ADDRESS = text("""
select d.id from contact_point p join debtor d on d.id = p.debtor_id
where p.address_key = any(cast(:keys as text[])) and p.state <> 'wrong' and d.creditor_id = any(cast(:creditors as text[]))
order by p.state <> 'valid', d.id limit :most
""")
BY_REFERENCE = text("""
select debtor_id from (
  select debtor_id from invoice where reference = :reference and creditor_id = any(cast(:creditors as text[]))
  union all
  select debtor_id from invoice where number_key = :number and creditor_id = any(cast(:creditors as text[]))
  union all
  select c.debtor_id from instalment_plan n join dunning_case c on c.id = n.case_id
  where n.reference = :reference and n.creditor_id = any(cast(:creditors as text[]))
  union all
  select debtor_id from account_statement where reference = :reference and creditor_id = any(cast(:creditors as text[]))) found
limit :most
""")
# Each of two words of the name, sounds or begins or ends as one of the debtor's: see the function `name_tokens`.
BY_NAME = text("""
select id, known_as from debtor
where name_tokens(known_as) && name_tokens(jsonb_build_array(cast(:one as text)))
  and name_tokens(known_as) && name_tokens(jsonb_build_array(cast(:two as text)))
  and creditor_id = any(cast(:creditors as text[]))
limit :compared
""")
SHOWN = text(f"""
select d.id, d.creditor_id, d.customer_number, d.name, d.address,
  (select count(*) from dunning_case c where c.debtor_id = d.id and {GOES_ON}) as open_cases
from debtor d where d.id = any(cast(:ids as int[]))
""")


@dataclass(frozen=True, slots=True)
class FoundDebtor:
    """A debtor that may be meant: by what it was found, and how sure that is (100: exactly what was said)."""

    creditor: str
    customer_number: str | None
    name: str
    address: list[str]
    open_cases: int
    by: str
    likeness: int


async def find_debtors(connection: AsyncConnection, creditor: str | None, said: str) -> list[FoundDebtor]:
    """The debtors that somebody may mean, the surest first: of one creditor, or of all live ones where an operator asks."""
    said = " ".join(said.split())[:200]
    if not said:
        return []
    creditors = [creditor] if creditor else list((await connection.execute(LIVE)).scalars())
    of = {"creditors": creditors, "most": MOST}
    found: dict[int, tuple[str, int]] = {}

    def add(ids: Sequence[int], by: str, likeness: int = 100) -> None:
        for number in ids:
            found.setdefault(number, (by, likeness))

    add((await connection.execute(BY_NUMBER, of | {"words": said})).scalars().all(), "customer number")
    given = IncomingDebtor(name="?", email=said, phone=said)
    keys = [address_key(address) for address in (given.email_address, given.phone_number) if address]
    add((await connection.execute(BY_ADDRESS, of | {"keys": keys})).scalars().all(), "address")
    reference = {"reference": said.replace(" ", ""), "number": number_key(said)}
    add((await connection.execute(BY_REFERENCE, of | reference)).scalars().all(), "reference")
    for number, likeness in await _named(connection, creditors, said):
        add([number], "name", likeness)
    return await _shown(connection, found)


async def _named(connection: AsyncConnection, creditors: Sequence[str], said: str) -> list[tuple[int, int]]:
    """The debtors of like names: (id, likeness)."""
    wanted = words(said)
    if not wanted:
        return []
    longest = sorted(wanted, key=len, reverse=True)
    values = {"one": longest[0], "two": longest[min(1, len(longest) - 1)], "creditors": creditors, "compared": COMPARED}
    rows = (await connection.execute(BY_NAME, values)).all()
    alike = ((row.id, max(_alike(wanted, words(name)) for name in row.known_as)) for row in rows)
    return sorted(
        ((number, round(100 * share)) for number, share in alike if share >= ALIKE), key=lambda each: -each[1]
    )


def _alike(wanted: Sequence[str], name: Sequence[str]) -> float:
    """How much of each word that was said some word of the name has; 0 where one of them has too little."""
    best = dict.fromkeys(wanted, 0.0)
    for said, word in product(wanted, name):
        best[said] = max(best[said], OSA.normalized_similarity(said, word))
    return sum(best.values()) / len(best) if min(best.values()) >= ALIKE / 2 else 0.0


async def _shown(connection: AsyncConnection, found: dict[int, tuple[str, int]]) -> list[FoundDebtor]:
    rows = {row.id: row for row in (await connection.execute(SHOWN, {"ids": list(found)})).all()}
    surest = sorted(found.items(), key=lambda each: (-each[1][1], each[0]))[:MOST]
    return [
        FoundDebtor(row.creditor_id, row.customer_number, row.name, row.address, row.open_cases, by, likeness)
        for number, (by, likeness) in surest
        if (row := rows[number])
    ]
