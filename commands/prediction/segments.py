"""Segments: what a refresh found is taken, page by page and told once; persons rename, merge and switch off, which stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.behaviour import changed, keys_of
from domain.learned.segments import NEW, USE, Segment, names_of
from facts.desk import audit
from facts.desk.audit import About
from facts.prediction import segments
from facts.prediction.segments import FoundDebtor, KeptSegment
from facts.refusals import Conflict, Refused
from facts.webhooks.outgoing import Event, emit_many

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from an edit: so many debtors, with so many open cases, are in another segment; None: in none."""

    debtors: int
    cases: int
    into: str | None


async def take_segments(connection: AsyncConnection, creditor: str, found: Sequence[Segment], now: datetime) -> None:
    """Keep the segments that a refresh found of a creditor. Their debtors follow, page by page."""
    await segments.lock(connection, creditor)
    if found:
        await segments.keep(connection, creditor, names_of(found) | {NEW: NEW}, found, now)


async def take_debtors(
    connection: AsyncConnection, creditor: str, page: Sequence[FoundDebtor], version: str, now: datetime
) -> int:
    """Keep what was found of some hundred debtors, and tell the creditor's system of each who changed; gives how many did.

    The same again changes nothing and tells nothing. Who objects to profiling or is stopped is left out.
    """
    await segments.lock(connection, creditor)
    known = {each.key: each for each in await segments.list_(connection, creditor)}
    before = {
        each.debtor: each for each in await segments.before(connection, creditor, [each.debtor for each in page], now)
    }
    allowed = [each for each in page if each.debtor in before]
    now_in = {each.debtor: _in_force(known, each.found_in) for each in allowed}
    members = [(each, segment) for each in allowed if (segment := now_in[each.debtor]) is not None]
    await segments.keep_members(connection, creditor, members, version, now)
    await segments.keep_behaviours(connection, creditor, allowed, version, now)
    events = []
    for each in allowed:
        was, segment = before[each.debtor], now_in[each.debtor]
        moved = was.segment is not None and segment is not None and was.segment != segment
        otherwise = was.patterns is not None and changed(was.patterns, each.patterns)
        if was.customer_number is not None and (moved or otherwise):
            data = {
                "customer_number": was.customer_number,
                "segment": segment,
                "segment_before": was.segment,
                "behaviour": keys_of(each.patterns),
                "behaviour_before": keys_of(was.patterns or ()),
                "version": version,
                "use": USE,
            }
            events.append(Event(creditor, "debtor.behaviour_changed", data))
    await emit_many(connection, events, now)
    return len(events)


async def rename(
    connection: AsyncConnection, creditor: str, key: str, called: str, by: str, reason_code: str, now: datetime
) -> KeptSegment:
    """A person calls a segment something; a refresh leaves that alone, and policies that name it as before go on.

    Raises Unknown where there is none, Refused for what is no name, Conflict where another one is called so.
    """
    await segments.lock(connection, creditor)
    kept = await segments.read(connection, creditor, key)
    called = called.strip()
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise Refused(f"a segment's name has 1 to {LONGEST_NAME} characters on one line")
    others = [each for each in await segments.list_(connection, creditor) if each.key != key]
    if any(each.name.casefold() == called.casefold() for each in others):
        raise Conflict(f"another segment is called {called!r} already")
    was = next((each for each in others if called.casefold() in map(str.casefold, each.once_called)), None)
    if was is not None:
        raise Conflict(
            f"segment {was.key!r} was called {called!r}, and policies may still mean it: choose another name"
        )
    if kept.name != called or kept.named_by is None:
        await segments.name(connection, creditor, key, called, by)
        detail = {"segment": key, "was": kept.name, "called": called}
        await audit.did(connection, by, "segment_renamed", now, about=About(creditor), why=reason_code, detail=detail)
    return await segments.read(connection, creditor, key)


async def merge(
    connection: AsyncConnection, creditor: str, key: str, into: str, by: str, reason_code: str, now: datetime
) -> Effect:
    """Whoever is found in one segment is in the other from now on; merged into itself, it stands for itself again.

    Raises Unknown where there is none, Conflict where the other is switched off or merged itself.
    """
    effect = await merging(connection, creditor, key, into)
    if key == into:
        await segments.part(connection, creditor, key)
    else:
        await segments.merge(connection, creditor, key, into)
    detail = {"segment": key, "into": into}
    await audit.did(connection, by, "segment_merged", now, about=About(creditor), why=reason_code, detail=detail)
    return effect


async def merging(connection: AsyncConnection, creditor: str, key: str, into: str) -> Effect:
    """What would follow from merging. Raises as `merge` does."""
    await segments.lock(connection, creditor)
    one, other = [await segments.read(connection, creditor, each) for each in (key, into)]
    if key == into:
        if one.merged_into is None:
            raise Conflict(f"segment {key!r} is not merged: name another one to merge it into")
        return Effect(0, 0, key)
    if one.merged_into == into:
        raise Conflict(f"segment {key!r} is merged into {into!r} already")
    if other.off:
        raise Conflict(f"segment {into!r} is switched off: switch it on first")
    if other.merged_into is not None:
        raise Conflict(f"segment {into!r} is itself merged into {other.merged_into!r}: name that one")
    return Effect(one.debtors, await segments.open_cases(connection, creditor, key), into)


async def switch(
    connection: AsyncConnection, creditor: str, key: str, by: str, reason_code: str, now: datetime, *, off: bool
) -> Effect:
    """Whoever is found in a segment is in none from now on, until it is switched on: then from the next refresh.

    Raises Unknown where there is none, Conflict where it is so already.
    """
    effect = await switching(connection, creditor, key, off=off)
    await segments.switch(connection, creditor, key, off=off)
    detail = {"segment": key}
    await audit.did(
        connection,
        by,
        "segment_off" if off else "segment_on",
        now,
        about=About(creditor),
        why=reason_code,
        detail=detail,
    )
    return effect


async def switching(connection: AsyncConnection, creditor: str, key: str, *, off: bool) -> Effect:
    """What would follow from switching. Raises as `switch` does."""
    await segments.lock(connection, creditor)
    kept = await segments.read(connection, creditor, key)
    if kept.off == off:
        raise Conflict(f"segment {key!r} is switched {'off' if off else 'on'} already")
    return Effect(kept.debtors, await segments.open_cases(connection, creditor, key), None if off else key)


def _in_force(known: Mapping[str, KeptSegment], found_in: str) -> str | None:
    """The segment that who is found in one is in, by what persons said; None: in none."""
    kept = known.get(found_in)
    if kept is None or kept.off:
        return None
    if kept.merged_into is None:
        return kept.key
    other = known.get(kept.merged_into)
    return other.key if other and not other.off else None
