"""AvtaleGiro mandates recorded: each list once, wherever its file lies, beside payments or alone."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from connectors.direct_debit.avtalegiro import MandateList, read_mandates
from facts import clock
from facts.database import Database
from facts.direct_debit import mandates

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MandatesRead:
    """What became of one file of mandates: counts over its lists, and what a person should look at."""

    file: str
    mandates: int
    began: int
    changed: int
    ended: int
    unknown: tuple[str, ...]
    flags: tuple[str, ...]
    waits: bool  # flagged and not accepted: nothing was recorded


async def read_mandate_file(database: Database, path: Path, *, accepted_by: str | None = None) -> MandatesRead:
    """Record the mandates of one file; one with flags only if a person has accepted it.

    A list that was recorded before changes nothing. A list of all mandates ends the others only in a file without
    flags: what cannot be read may be what would have kept them.
    """
    file = await asyncio.to_thread(read_mandates, path)
    waits = bool(file.flags) and accepted_by is None
    began, changed, ended, count = 0, 0, 0, 0
    unknown: list[str] = []
    flags = list(file.flags)
    for listed in file.lists:
        count += len(listed.mandates)
        if waits:
            continue
        recorded = await _record(database, listed, whole=not file.flags)
        if recorded is None:
            flags.append(f"account {listed.account} is in no creditor's direct-debit agreement: nothing recorded")
            continue
        began, changed, ended = began + recorded.began, changed + recorded.changed, ended + recorded.ended
        unknown += recorded.unknown
    say = log.warning if flags or unknown else log.info
    say("mandates_read", file=path.name, mandates=count, flags=len(flags), unknown=len(unknown), by=accepted_by)
    return MandatesRead(str(path), count, began, changed, ended, tuple(unknown), tuple(flags), waits)


async def _record(database: Database, listed: MandateList, *, whole: bool) -> mandates.MandatesRecorded | None:
    async with database.transaction() as connection:
        creditor = await mandates.owner_of_agreement(connection, listed.account)
        if creditor is None:
            return None
        now = await clock.now(connection)
        first = await mandates.is_first_reading(
            connection,
            creditor,
            f"mandates-{sha256(repr(listed).encode()).hexdigest()[:32]}",
            transmission=listed.transmission,
            assignment=listed.assignment,
            count=len(listed.mandates),
            now=now,
        )
        if not first:
            return mandates.MandatesRecorded(0, 0, 0, ())
        lists_all = listed.lists_all and whole
        return await mandates.record_mandates(connection, creditor, listed.mandates, lists_all=lists_all, now=now)
