"""What a distribution house tells of letters: each line once, in any order, and of each letter what all its lines come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.distribution_house import Carried, Line, Status, Told, Way, carried, counts
from domain.moment import moment_in
from facts import clock
from facts.database import to_json
from facts.deliveries import deliveries, letters
from facts.deliveries.letters import AHEAD, HOUSE
from facts.deliveries.provider_events import STORE
from facts.operations.tasks import open_task
from facts.outbox import tell
from facts.refusals import Refused

# Locked in the order of their ids: two files at once wait for each other, and in no circle.
LETTERS = text("""
select l.id, l.creditor_id, l.state, l.batch, l.document, l.fee, d.country, coalesce(l.accepted_at, l.claimed_at) as made,
  l.posted_on, l.read_at, l.way
from delivery l join debtor d on d.id = l.debtor_id
where l.id = any(cast(:ids as uuid[])) and l.creditor_id = :creditor and l.channel = 'letter'
order by l.id for update of l
""")
TOLD = text("""
select delivery_id, kind, detail from provider_event
where provider = :house and delivery_id = any(cast(:ids as uuid[])) order by id
""")
CARRIED = text("""
update delivery set way = :way, posted_on = greatest(posted_on, cast(:on as date)),
  delivered_at = least(delivered_at, cast(:at as timestamptz)) where id = :id
""")
WENT = text("update delivery set way = :way where id = :id")
OPENED = text("""
update delivery set read_at = least(read_at, :at), read_by = coalesce(read_by, 'read receipt') where id = :id
""")
NOT_OPENED = text("""
update delivery set read_at = null, read_by = null where id = :id and read_by = 'read receipt'
""")
STEPS = text("select case_id, step from delivery_case where delivery_id = :id order by case_id")
IN_VAIN = "it went by {way} alone, where only paper counts: its fee is taken back and its deadline does not run"
PULLED = "it was taken out of its batch, and went all the same"
ASK = "the distribution house tells what cannot all be: {}"
MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: how many of its lines were new and known, of how many letters a person is asked, its batches."""

    new: int
    known: int
    contradictory: int
    batches: frozenset[str]


async def take(connection: AsyncConnection, lines: Sequence[Line]) -> Taken:
    """Keep what a status file tells, and what it comes to of each letter.

    Raises Refused, and keeps nothing, where the file is of several creditors, or a line of it cannot be: of a letter that
    the creditor has not given to the house, of a day ahead or before the letter was made.
    """
    creditor = _only_creditor(lines)
    now = await clock.now(connection, creditor)
    ids = sorted({line.letter for line in lines})
    rows = {row.id: row for row in await connection.execute(LETTERS, {"ids": ids, "creditor": creditor})}
    faults = [f"line {line.number}: {fault}" for line in lines if (fault := _fault(line, rows.get(line.letter), now))]
    if faults:
        more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        raise Refused("; ".join([*faults[:MOST_FAULTS], *more]))
    before = await _told(connection, ids)
    new = sum([await _store(connection, line, rows[line.letter], now) for line in lines])
    after = await _told(connection, ids) if new else before
    asked = 0
    for id, row in rows.items():
        if after[id] != before[id]:
            asked += await _apply(connection, row, before[id], after[id], now)
    batches = frozenset(row.batch for row in rows.values() if row.batch)
    return Taken(new, len(lines) - new, asked, batches)


def _only_creditor(lines: Sequence[Line]) -> str:
    creditors = sorted({line.creditor for line in lines})
    if len(creditors) != 1:
        raise Refused(f"the file is of {len(creditors)} creditors: each has files of its own")
    return creditors[0]


def _fault(line: Line, row: Any | None, now: datetime) -> str:
    """Why a line cannot be; empty where it can."""
    if row is None:
        return f"{line.creditor} has no letter {line.letter}"
    if not row.document.get("ways"):
        return f"letter {line.letter} went to the printer and not to the distribution house"
    day = _day(line, row)
    if (line.at is not None and line.at > now + AHEAD) or day > moment_in(row.country, now + AHEAD).day:
        return f"{line.at or day} is ahead"
    made = moment_in(row.country, row.made).day
    if day < made:
        return f"the letter was made on {made}: it cannot be {line.told} on {day}"
    return ""


def _day(line: Line, row: Any) -> date:
    return line.on or moment_in(row.country, line.at).day  # type: ignore[arg-type]


async def _store(connection: AsyncConnection, line: Line, row: Any, now: datetime) -> bool:
    day = _day(line, row)
    detail = {"on": day, "at": line.at, "way": line.way}
    values = {
        "provider": HOUSE,
        "event_id": f"{line.letter} {line.told} {line.way or ''} {line.at.isoformat() if line.at else day}",
        "delivery": line.letter,
        "kind": line.told,
        "detail": to_json({word: value for word, value in detail.items() if value is not None}),
        "at": line.at or min(moment_in(row.country, now).end_of(day), now),
    }
    return (await connection.execute(STORE, values)).scalar_one_or_none() is not None


async def _told(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, list[Status]]:
    told: dict[UUID, list[Status]] = {id: [] for id in ids}
    for row in await connection.execute(TOLD, {"house": HOUSE, "ids": list(ids)}):
        at, way = row.detail.get("at"), row.detail.get("way")
        status = Status(
            Told(row.kind),
            date.fromisoformat(row.detail["on"]),
            Way(way) if way else None,
            datetime.fromisoformat(at) if at else None,
        )
        told[row.delivery_id].append(status)
    return told


async def _apply(
    connection: AsyncConnection, row: Any, before: Sequence[Status], after: Sequence[Status], now: datetime
) -> bool:
    """Let a letter be as all that is told of it says. Gives whether a person is asked about it by this."""
    here = moment_in(row.country, now)
    ordered = [Way(way) for way in row.document["ways"]]
    comes_to = carried(after, ordered)
    if row.state in ("claimed", "unavailable"):  # nobody knew whether the house has it: it has
        await deliveries.accepted(connection, row.id, now, here.day, provider_id=None, cost=Decimal(0))
    if row.state != "withdrawn":
        await _let_be(connection, row, comes_to, now)
    known = _contradictions(carried(before, ordered), row, ordered) if before else ()
    contradictions = _contradictions(comes_to, row, ordered)
    if not contradictions or contradictions == known:
        return False
    for case, step in (await connection.execute(STEPS, {"id": row.id})).all():
        await open_task(connection, [case], step, "letter", ASK.format("; ".join(contradictions)), now)
    return True


async def _let_be(connection: AsyncConnection, row: Any, comes_to: Carried, now: datetime) -> None:
    here = moment_in(row.country, now)
    if comes_to.returned_on is not None:
        await connection.execute(NOT_OPENED, {"id": row.id})
        wrong = comes_to.from_an_address
        await letters.returned(connection, row.creditor_id, row.id, now, address_is_wrong=wrong)
        return
    ordered = [Way(way) for way in row.document["ways"]]
    if not counts(comes_to, ordered, needs_paper=row.document["needs_paper"]):
        await connection.execute(WENT, {"id": row.id, "way": comes_to.way})
        await deliveries.take_charges_back(connection, [row.id], now)
        await tell(connection, await deliveries.cases_of(connection, row.id), "letter_posted", now)
        return
    news = []
    if comes_to.left_on is not None and (comes_to.left_on, comes_to.way) != (row.posted_on, row.way):
        at = None if comes_to.way is Way.PAPER else min(here.end_of(comes_to.left_on), now)
        await connection.execute(CARRIED, {"id": row.id, "way": comes_to.way, "on": comes_to.left_on, "at": at})
        news.append("letter_posted")
    if comes_to.opened is not None:
        at = comes_to.opened.at or min(here.end_of(comes_to.opened.on), now)
        await connection.execute(OPENED, {"id": row.id, "at": at})
        news += ["message_read"] if row.read_at is None else []
    if news:
        await tell(connection, await deliveries.cases_of(connection, row.id), news[-1], now)


def _contradictions(comes_to: Carried, row: Any, ordered: Sequence[Way]) -> tuple[str, ...]:
    pulled = [PULLED] if row.state == "withdrawn" and comes_to.left_on and comes_to.returned_on is None else []
    in_vain = not counts(comes_to, ordered, needs_paper=row.document["needs_paper"])
    return (*comes_to.contradictions, *([IN_VAIN.format(way=comes_to.way)] if in_vain else []), *pulled)
