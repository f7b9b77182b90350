"""Telling many: written and counted first, then sent by a person's word, and stopped at any time; each is done once."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.announcements import GOOD_FOR, OF_USE, Announcement
from domain.moment import moment_in
from facts import announcements
from facts.announcements import Kept
from facts.parties.creditors import country_of
from facts.refusals import Conflict, Refused, Unknown


async def write_announcement(
    connection: AsyncConnection, creditor: str, given: Announcement, written: str, by: str, once: str, now: datetime
) -> int:
    """Keep what is to be told to the debtors of the open cases that a filter describes: they are counted next. Gives its id.

    Raises Refused for a last day that is past or too far away.
    """
    today = moment_in(await country_of(connection, creditor), now).day
    if not today <= given.until <= today + OF_USE:
        raise Refused(f"choose a last day from {today} to {today + OF_USE}: what is said later confuses")
    words: dict[str, Any] = {language: each.model_dump() for language, each in given.words.items()}
    return await announcements.write(connection, creditor, once, given.kind, words, written, given.until, by, now)


async def send_announcement(connection: AsyncConnection, id: int, by: str, now: datetime) -> None:
    """Have those that were counted told; said again it changes nothing.

    Raises Conflict where they are not counted yet, were counted too long ago, or it was stopped.
    """
    kept = await _locked(connection, id)
    if kept.state in ("sending", "told"):
        return
    if kept.state == "stopped":
        raise Conflict("it was stopped: write it anew")
    if kept.counted_at is None:
        raise Conflict("its debtors are still looked for: try again in a moment")
    if not any(left_out is None for _, left_out, _, _ in await announcements.counts(connection, id)):
        raise Conflict("nobody gets it: choose others")
    if now > kept.counted_at + GOOD_FOR:
        raise Conflict("it was counted more than a day ago: write it anew, so that it is counted again")
    await announcements.send(connection, id, by, now)


async def stop_announcement(connection: AsyncConnection, id: int, by: str, now: datetime) -> None:
    """Whoever has not got it does not get it; said again it changes nothing."""
    if (await _locked(connection, id)).stopped_at is None:
        await announcements.stop(connection, id, by, now)


async def _locked(connection: AsyncConnection, id: int) -> Kept:
    kept = await announcements.read(connection, id, lock=True)
    if kept is None:
        raise Unknown(f"no announcement {id}")
    return kept
