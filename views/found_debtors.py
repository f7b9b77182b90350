"""Debtors found by whatever somebody says: a name with slips, a phone number, an address, a number, any reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from domain.invoices.incoming import IncomingDebtor
from domain.moment import moment_in
from domain.money.matching.names import name_key, words
from domain.money.matching.reading import Clue, number_key, searched
from domain.parties.addresses import address_key
from facts.clock import is_live
from facts.desk.within import GIVEN, OF_DEBTOR
from facts.going_on import GOES_ON

MOST = 20  # debtors are shown
COMPARED = 500  # of like names are compared letter by letter
ALIKE = 0.75  # the letters of a word that agree
BEGINS = 0.9  # how like a word is whose beginning was said
SHORTEST_BEGINNING = 3  # letters
LONGEST = 200  # signs that are read
MOST_WORDS = 4  # the longest, by which names are looked for

LIVE = text(f"select id from creditor where {is_live('id')} order by id")
THEIRS = f"d.creditor_id = any(cast(:of_creditors as text[])) and {OF_DEBTOR}"
BY_NUMBER = text(f"""
select d.id from debtor d where d.customer_number = any(cast(:numbers as text[])) and {THEIRS} order by d.id desc limit :most
""")
BY_ADDRESS = text(f"""
select d.id from contact_point p join debtor d on d.id = p.debtor_id
where p.address_key = any(cast(:keys as text[])) and p.state <> 'wrong' and {THEIRS}
order by p.state <> 'valid', d.id limit :most
""")
BY_REFERENCE = text(f"""
select c.debtor_id from invoice i join dunning_case c on c.invoice_id = i.id
where i.reference = :reference and i.creditor_id = any(cast(:of_creditors as text[])) and {GIVEN}
union all
select c.debtor_id from invoice i join dunning_case c on c.invoice_id = i.id
where i.number_key = :number and i.creditor_id = any(cast(:of_creditors as text[])) and {GIVEN}
union all
select c.debtor_id from instalment_plan n join dunning_case c on c.id = n.case_id
where n.reference = :reference and n.creditor_id = any(cast(:of_creditors as text[])) and {GIVEN}
union all
select d.id from account_statement s join debtor d on d.id = s.debtor_id
where s.reference = :reference and s.creditor_id = any(cast(:of_creditors as text[])) and {OF_DEBTOR}
limit :most
""")
# From the surest to the least: the very words; each word sounds as one of the debtor's; each of two words sounds or begins
# or ends as one of the debtor's (see the function `name_tokens`). What is common enough to fill a page is found by the first.
BY_WORDS = text(f"""
select d.id, d.known_as from debtor d where d.name_key = :words and {THEIRS} limit :most
""")
BY_SOUND = text(f"""
select d.id, d.known_as from debtor d
where name_tokens(d.known_as) @> array(
    select token from unnest(name_tokens(jsonb_build_array(cast(:said as text)))) token where token !~ '[$^]')
  and {THEIRS}
limit :compared
""")
BY_PARTS = text(f"""
select d.id, d.known_as from debtor d
where name_tokens(d.known_as) && name_tokens(jsonb_build_array(cast(:one as text)))
  and name_tokens(d.known_as) && name_tokens(jsonb_build_array(cast(:two as text)))
  and {THEIRS}
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

    id: int
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
    creditors = [creditor] if creditor else (await connection.execute(LIVE)).scalars()
    return await debtors_within(connection, Reach(tuple(creditors)), said, now)


async def debtors_within(connection: AsyncConnection, reach: Reach, said: str, now: datetime) -> list[FoundDebtor]:
    """The debtors that somebody may mean, the surest first, `MOST` at most; of the creditors that a reach names."""
    said = as_said(said)
    if not said:
        return []
    of = reach.values | {"most": MOST}
    found: dict[int, tuple[str, int]] = {}

    def add(ids: Sequence[int], by: str, likeness: int = 100) -> None:
        for number in ids:
            found.setdefault(number, (by, likeness))

    numbers = list({said, said.upper(), *searched(_in_words(said)).customers})
    add((await connection.execute(BY_NUMBER, of | {"numbers": numbers})).scalars().all(), "customer number")
    given = IncomingDebtor(name="?", email=said, phone=said)
    keys = [address_key(address) for address in (given.email_address, given.phone_number) if address]
    if keys:
        add((await connection.execute(BY_ADDRESS, of | {"keys": keys})).scalars().all(), "address")
    reference = {"reference": said.replace(" ", ""), "number": number_key(said)}
    add((await connection.execute(BY_REFERENCE, of | reference)).scalars().all(), "reference")
    if not keys:
        for number, likeness in await _named(connection, reach, said):
            add([number], "name", likeness)
    return await _shown(connection, found, now)


def as_said(said: str) -> str:
    """What is looked for: its first signs, without what nobody can see."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said[: 2 * LONGEST]).split())[:LONGEST]


def _in_words(said: str) -> Clue:
    """What was said, as matching reads the numbers in a text."""
    return Clue(Decimal(0), "", text=said)


async def _named(connection: AsyncConnection, reach: Reach, said: str) -> list[tuple[int, int]]:
    """The debtors of like names, the likest first: (id, likeness). No other way is looked in once a page is full."""
    wanted = words(said)
    if not wanted:
        return []
    longest = sorted(wanted, key=len, reverse=True)[:MOST_WORDS]
    values = {"words": name_key(said), "said": " ".join(longest), "most": MOST, "compared": COMPARED}
    values |= {"one": longest[0], "two": longest[min(1, len(longest) - 1)]} | reach.values
    found: dict[int, int] = {}
    for statement in (BY_WORDS, BY_SOUND, BY_PARTS):
        asked = {name: values[name] for name in statement.compile().params}
        for row in await connection.execute(statement, asked):
            share = max(_alike(wanted, words(name)) for name in row.known_as)
            if share >= ALIKE:
                found[row.id] = round(100 * share)
        if len(found) >= MOST:
            break
    return sorted(found.items(), key=lambda each: -each[1])


def _alike(wanted: Sequence[str], name: Sequence[str]) -> float:
    """How much of each word that was said some word of the name has; 0 where one of them has too little."""
    best = dict.fromkeys(wanted, 0.0)
    for said, word in product(wanted, name):
        begins = BEGINS if len(said) >= SHORTEST_BEGINNING and word.startswith(said) and word != said else 0.0
        best[said] = max(best[said], OSA.normalized_similarity(said, word), begins)
    return sum(best.values()) / len(best) if min(best.values()) >= ALIKE / 2 else 0.0


async def _shown(connection: AsyncConnection, found: dict[int, tuple[str, int]], now: datetime) -> list[FoundDebtor]:
    rows = {row.id: row for row in (await connection.execute(SHOWN, {"ids": list(found)})).all()}
    surest = sorted(found.items(), key=lambda each: (-each[1][1], each[0]))[:MOST]
    return [
        FoundDebtor(
            row.id,
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
