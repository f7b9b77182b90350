"""Segments as they were found and as persons edited them, who is in which, and how each debtor pays: the last refresh counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.behaviour import Behaviour, as_json, from_json
from domain.learned.segments import Segment, Traits
from facts.clock import is_live
from facts.database import to_json
from facts.prediction.of_whom import OF_WHOM
from facts.refusals import Unknown

LOCK = text("select pg_advisory_xact_lock(hashtextextended('segments ' || :creditor, 0))")
FIELDS = "key, name, named_by, middle, channel, found_at, merged_into, off"
# What a segment was called before counts, while no other one is called so.
ONCE_CALLED = """
array(select once from jsonb_array_elements_text(g.once_called) once where not exists (
  select from found_segment o where o.creditor_id = g.creditor_id and o.key <> g.key and lower(o.name) = lower(once)))"""
ALL = text(f"""
select {FIELDS}, {ONCE_CALLED} as once_called,
  (select count(*) from debtor_segment s where s.creditor_id = g.creditor_id and s.segment = g.key) as debtors
from found_segment g where creditor_id = :creditor order by key
""")
# What persons said stands; a name that a person gave too.
KEEP = text("""
insert into found_segment (creditor_id, key, name, middle, channel, found_at, happened_at)
select :creditor, key, name, cast(middle as jsonb), channel, :now, :now
from unnest(cast(:key as text[]), cast(:name as text[]), cast(:middle as text[]), cast(:channel as text[]))
  as f(key, name, middle, channel)
on conflict (creditor_id, key) do update set middle = excluded.middle, channel = excluded.channel,
  found_at = excluded.found_at, name = case when found_segment.named_by is null then excluded.name else found_segment.name end
""")
NAME = text("""
update found_segment set name = cast(:name as text), named_by = :by, once_called = (
  select coalesce(jsonb_agg(distinct once), '[]') from jsonb_array_elements_text(once_called || to_jsonb(found_segment.name)) once
  where lower(once) <> lower(cast(:name as text)))
where creditor_id = :creditor and key = :key
""")
MERGE = text("""
update found_segment set merged_into = :into where creditor_id = :creditor and (key = :key or merged_into = :key)
""")
PART = text("update found_segment set merged_into = null where creditor_id = :creditor and key = :key")
SWITCH = text("update found_segment set off = :off where creditor_id = :creditor and key = :key")
# Who was found in it is in the other from now on, or in none: nobody waits for the next refresh.
MOVE = text("update debtor_segment set segment = :into where creditor_id = :creditor and segment = :key")
MOVE_BACK = text("update debtor_segment set segment = :key where creditor_id = :creditor and found_in = :key")
LEAVE = text("delete from debtor_segment where creditor_id = :creditor and (segment = :key or found_in = :key)")
OPEN_CASES = text("""
select count(*) from debtor_segment s join dunning_case c on c.debtor_id = s.debtor_id and c.state = 'open'
where s.creditor_id = :creditor and s.segment = :key
""")
WAS_IN = text("select debtor_id, found_in from debtor_segment where creditor_id = :creditor")
# Of whom nothing may be guessed nothing is kept: whoever looked may have read before that. A customer
# number that several share names nobody.
BEFORE = text(f"""
select d.id, s.segment, b.patterns, case when not exists (
    select from debtor o where o.creditor_id = d.creditor_id and o.customer_number = d.customer_number and o.id <> d.id)
  then d.customer_number end as customer_number
from debtor d left join debtor_segment s on s.debtor_id = d.id left join debtor_behaviour b on b.debtor_id = d.id
where d.id = any(cast(:debtors as int[])) and d.creditor_id = :creditor and {OF_WHOM}
order by d.id for no key update of d
""")
KEEP_MEMBERS = text("""
insert into debtor_segment (debtor_id, creditor_id, segment, found_in, version, found_at)
select debtor, :creditor, segment, found_in, :version, :now
from unnest(cast(:debtor as int[]), cast(:segment as text[]), cast(:found_in as text[])) as m(debtor, segment, found_in)
order by debtor
on conflict (debtor_id) do update set segment = excluded.segment, found_in = excluded.found_in, version = excluded.version,
  found_at = excluded.found_at
""")
KEEP_BEHAVIOURS = text("""
insert into debtor_behaviour (debtor_id, creditor_id, patterns, traits, version, found_at)
select debtor, :creditor, cast(patterns as jsonb), cast(traits as jsonb), :version, :now
from unnest(cast(:debtor as int[]), cast(:patterns as text[]), cast(:traits as text[])) as b(debtor, patterns, traits)
order by debtor
on conflict (debtor_id) do update set patterns = excluded.patterns, traits = excluded.traits, version = excluded.version,
  found_at = excluded.found_at
""")
FORGET_MEMBERS = text("delete from debtor_segment where creditor_id = :creditor and found_at < :since")
FORGET_BEHAVIOURS = text("delete from debtor_behaviour where creditor_id = :creditor and found_at < :since")
OF_DEBTOR = text("""
select f.key, f.name, coalesce(s.version, b.version) as version, coalesce(s.found_at, b.found_at) as found_at,
  b.patterns, b.traits
from debtor d left join debtor_segment s on s.debtor_id = d.id
left join found_segment f on f.creditor_id = s.creditor_id and f.key = s.segment
left join debtor_behaviour b on b.debtor_id = d.id
where d.id = :debtor and (s.debtor_id is not null or b.debtor_id is not null)
""")

CREDITORS = text(f"select id from creditor c where id > :after and {is_live('c.id')} order by id")


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A segment as it stands: `found_at` is of the last refresh that found it, `debtors` are those in it now."""

    key: str
    name: str
    named_by: str | None
    middle: Mapping[str, float]
    channel: str | None
    found_at: datetime | None
    merged_into: str | None
    off: bool
    once_called: Sequence[str]
    debtors: int

    @property
    def names(self) -> tuple[str, ...]:
        """All that a policy may call it."""
        return (self.name, *self.once_called)

    @property
    def found(self) -> Segment:
        """As it was found."""
        return Segment(self.key, Traits(**self.middle), self.debtors, self.channel)


@dataclass(frozen=True, slots=True)
class FoundDebtor:
    """What was found of a debtor: the segment's key, or nothing; where the debtor stands; how the debtor pays."""

    debtor: int
    found_in: str
    traits: Traits | None
    patterns: Sequence[Behaviour]


@dataclass(frozen=True, slots=True)
class Before:
    """What was kept of a debtor before; the customer number where it names this debtor alone."""

    debtor: int
    segment: str | None
    patterns: Sequence[Behaviour] | None
    customer_number: str | None


@dataclass(frozen=True, slots=True)
class OfDebtor:
    """The segment and the behaviour of a debtor, as they were found last (UTC)."""

    key: str | None
    name: str | None
    patterns: Sequence[Behaviour]
    traits: Traits | None
    version: str
    found_at: datetime


async def creditors_after(connection: AsyncConnection, after: str) -> Sequence[str]:
    """The creditors that are not in test mode, after one, in order."""
    return (await connection.execute(CREDITORS, {"after": after})).scalars().all()


async def lock(connection: AsyncConnection, creditor: str) -> None:
    """Wait for whoever changes the segments of this creditor, and be the one who does."""
    await connection.execute(LOCK, {"creditor": creditor})


async def list_(connection: AsyncConnection, creditor: str) -> list[KeptSegment]:
    """All that were ever found of a creditor, by key."""
    return [KeptSegment(**row) for row in (await connection.execute(ALL, {"creditor": creditor})).mappings()]


async def read(connection: AsyncConnection, creditor: str, key: str) -> KeptSegment:
    """One of them. Raises Unknown where there is none of this key."""
    for each in await list_(connection, creditor):
        if each.key == key:
            return each
    raise Unknown(
        f"creditor {creditor} has no segment {key!r}: `starter.py segments list {creditor}` shows those found"
    )


async def found_last(connection: AsyncConnection, creditor: str) -> list[Segment]:
    """The segments of the last refresh that found any."""
    kept = [each for each in await list_(connection, creditor) if each.middle and each.found_at]
    last = max((each.found_at for each in kept if each.found_at), default=None)
    return [each.found for each in kept if each.found_at == last]


async def was_in(connection: AsyncConnection, creditor: str) -> dict[int, str]:
    """In which segment each debtor was found."""
    return {row.debtor_id: row.found_in for row in await connection.execute(WAS_IN, {"creditor": creditor})}


async def keep(
    connection: AsyncConnection, creditor: str, names: Mapping[str, str], found: Collection[Segment], now: datetime
) -> None:
    """Keep the segments that a refresh found, and those that are named without being found."""
    of = {each.key: each for each in found}
    rows = [(key, name, of.get(key)) for key, name in names.items()]
    values = {
        "creditor": creditor,
        "key": [key for key, _, _ in rows],
        "name": [name for _, name, _ in rows],
        "middle": [to_json(each.middle._asdict() if each else {}) for _, _, each in rows],
        "channel": [each.channel if each else None for _, _, each in rows],
        "now": now,
    }
    await connection.execute(KEEP, values)


async def before(connection: AsyncConnection, creditor: str, debtors: Sequence[int], now: datetime) -> list[Before]:
    """What was kept of these debtors, who are locked; without those of whom nothing may be guessed and other creditors'."""
    rows = await connection.execute(BEFORE, {"creditor": creditor, "debtors": list(debtors), "now": now})
    return [
        Before(row.id, row.segment, None if row.patterns is None else from_json(row.patterns), row.customer_number)
        for row in rows
    ]


async def keep_members(
    connection: AsyncConnection, creditor: str, members: Sequence[tuple[FoundDebtor, str]], version: str, now: datetime
) -> None:
    """Keep who is in which segment."""
    values = {
        "creditor": creditor,
        "debtor": [found.debtor for found, _ in members],
        "segment": [segment for _, segment in members],
        "found_in": [found.found_in for found, _ in members],
        "version": version,
        "now": now,
    }
    await connection.execute(KEEP_MEMBERS, values)


async def keep_behaviours(
    connection: AsyncConnection, creditor: str, found: Sequence[FoundDebtor], version: str, now: datetime
) -> None:
    """Keep how these debtors pay."""
    values = {
        "creditor": creditor,
        "debtor": [each.debtor for each in found],
        "patterns": [to_json(as_json(each.patterns)) for each in found],
        "traits": [to_json(each.traits._asdict() if each.traits else {}) for each in found],
        "version": version,
        "now": now,
    }
    await connection.execute(KEEP_BEHAVIOURS, values)


async def forget_others(connection: AsyncConnection, creditor: str, since: datetime) -> None:
    """Who was not found any more since then is in no segment, and nothing is known of how they pay."""
    for statement in (FORGET_MEMBERS, FORGET_BEHAVIOURS):
        await connection.execute(statement, {"creditor": creditor, "since": since})


async def name(connection: AsyncConnection, creditor: str, key: str, called: str, by: str) -> None:
    """A person calls it something; what it was called stays a name of it."""
    await connection.execute(NAME, {"creditor": creditor, "key": key, "name": called, "by": by})


async def merge(connection: AsyncConnection, creditor: str, key: str, into: str) -> None:
    """Whoever is in one, or in what was merged into it, is in the other from now on."""
    values = {"creditor": creditor, "key": key, "into": into}
    for statement in (MERGE, MOVE):
        await connection.execute(statement, values)


async def part(connection: AsyncConnection, creditor: str, key: str) -> None:
    """What was merged stands for itself again."""
    for statement in (PART, MOVE_BACK):
        await connection.execute(statement, {"creditor": creditor, "key": key})


async def switch(connection: AsyncConnection, creditor: str, key: str, *, off: bool) -> None:
    """Whoever is found in it is in none from now on; or is in it again, after the next refresh."""
    await connection.execute(SWITCH, {"creditor": creditor, "key": key, "off": off})
    if off:
        await connection.execute(LEAVE, {"creditor": creditor, "key": key})


async def open_cases(connection: AsyncConnection, creditor: str, key: str) -> int:
    """How many open cases the debtors in a segment have."""
    return int((await connection.execute(OPEN_CASES, {"creditor": creditor, "key": key})).scalar_one())


async def of_debtor(connection: AsyncConnection, debtor: int) -> OfDebtor | None:
    """What was found of a debtor; None where nothing was."""
    row: Any = (await connection.execute(OF_DEBTOR, {"debtor": debtor})).one_or_none()
    if row is None:
        return None
    traits = Traits(**row.traits) if row.traits else None
    return OfDebtor(row.key, row.name, from_json(row.patterns or ()), traits, row.version, row.found_at)
