"""Debtors found by whatever somebody says: a name with slips, a phone number, an address, a number, any reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor
from domain.moment import moment_in
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
# Whose child a debtor is, and its children, each with the first day on which that does not hold any more.
SHOWN = text(f"""
select d.id, d.creditor_id, d.customer_number, d.name, d.address, d.country,
  (select json_build_array(e.value ->> 'parent', e.until) from (select * from life_event where debtor_id = d.id offset 0) e
    where e.kind = 'child of' order by e.id desc limit 1) as parent,
  (select json_agg(json_build_array(k.customer_number, e.until) order by k.name, k.id)
    from life_event e join debtor k on k.id = e.debtor_id and k.creditor_id = d.creditor_id
    where e.kind = 'child of' and e.value ->> 'parent' = d.customer_number and d.kind = 'business' and k.kind = 'business'
      and k.id <> d.id and (select true from (select kind from life_event
        where debtor_id = e.debtor_id and id > e.id offset 0) l where l.kind = e.kind limit 1) is null) as children,
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
    parent: str | None = None  # by its customer number
    children: tuple[str, ...] = ()


async def find_debtors(
    connection: AsyncConnection, creditor: str | None, said: str, now: datetime
) -> list[FoundDebtor]:
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
    return await _shown(connection, found, now)


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


async def _shown(connection: AsyncConnection, found: dict[int, tuple[str, int]], now: datetime) -> list[FoundDebtor]:
    rows = {row.id: row for row in (await connection.execute(SHOWN, {"ids": list(found)})).all()}
    surest = sorted(found.items(), key=lambda each: (-each[1][1], each[0]))[:MOST]
    return [
        FoundDebtor(
            row.creditor_id,
            row.customer_number,
            row.name,
            row.address,
            row.open_cases,
            by,
            likeness,
            next(iter(_of_today(row, [row.parent] if row.parent else [], now)), None),
            _of_today(row, row.children or [], now),
        )
        for number, (by, likeness) in surest
        if (row := rows[number])
    ]


def _of_today(row: Any, family: Sequence[tuple[str | None, str | None]], now: datetime) -> tuple[str, ...]:
    """Of numbers with their last days those that are its family's today."""
    today = moment_in(row.country, now).day
    return tuple(number for number, until in family if number and (until is None or date.fromisoformat(until) > today))
