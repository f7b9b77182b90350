"""The mandates of a centre recorded: each list once, wherever its file lies, beside payments or alone.

Lists are recorded in the order in which the centre made them; one that comes late takes nothing back. Each has a
transaction of its own, and those of one account take turns.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from activities.jobs.each import for_each
from connectors.direct_debit.centre_file import read_mandates
from connectors.direct_debit.mandate_list import MandateList
from domain.agreements.mandate_order import oldest_first
from facts import clock
from facts.database import Database
from facts.direct_debit import mandates

log = structlog.get_logger()

_NAMED = 5  # references that a flag names


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


async def in_order(paths: Sequence[Path]) -> list[Path]:
    """Files in the order in which the centre made their lists, whatever their names; those without lists go last."""
    made = []
    without = []
    for path in paths:
        try:
            lists = (await asyncio.to_thread(read_mandates, path)).lists
        except OSError:  # told when it is its turn to be read
            lists = ()
        if lists:
            made.append((min((listed.number for listed in lists), key=oldest_first), path))
        else:
            without.append(path)
    return [path for _, path in sorted(made, key=lambda each: oldest_first(each[0]))] + without


def without_agreement(account: str) -> str:
    """Why the mandates of an account are not recorded, in words."""
    return f"account {account} is in the direct-debit agreement of no creditor, or of several: no mandate of it is recorded"


async def read_mandate_file(database: Database, path: Path, *, accepted_by: str | None = None) -> MandatesRead:
    """Record the mandates of one file; one with flags only if a person has accepted it.

    A list that was recorded before changes nothing. A list of all mandates ends the others only in a file without
    flags: what cannot be read may be what would have kept them. A list that cannot be recorded keeps no other back, and
    is told at the end.
    """
    file = await asyncio.to_thread(read_mandates, path)
    waits = bool(file.flags) and accepted_by is None
    done: list[mandates.MandatesRecorded] = []
    flags = list(file.flags)

    async def record(listed: MandateList) -> int:
        recorded = await _record(database, listed, whole=not file.flags)
        if recorded is None:
            flags.append(without_agreement(listed.account))
            return 0
        done.append(recorded)
        flags.extend(_flags(listed, recorded))
        return 1

    lists = [] if waits else sorted(file.lists, key=lambda listed: oldest_first(listed.number))
    await for_each(lists, record, lambda listed: f"{path.name} ({listed.account})", "mandates_not_recorded")
    count = sum(len(listed.mandates) for listed in file.lists)
    unknown = tuple(reference for recorded in done for reference in recorded.unknown)
    say = log.warning if flags or unknown else log.info
    say("mandates_read", file=path.name, mandates=count, flags=len(flags), unknown=len(unknown), by=accepted_by)
    return MandatesRead(
        file=str(path),
        mandates=count,
        began=sum(recorded.began for recorded in done),
        changed=sum(recorded.changed for recorded in done),
        ended=sum(recorded.ended for recorded in done),
        unknown=unknown,
        flags=tuple(flags),
        waits=waits,
    )


def _flags(listed: MandateList, recorded: mandates.MandatesRecorded) -> list[str]:
    """What a person should know of a list that was recorded."""
    flags = [
        f"mandate {reference}: several debtors have invoices that it covers, so it serves none of them"
        for reference in recorded.shared
    ]
    if recorded.outdated:
        flags.append(
            f"transmission {listed.transmission}, assignment {listed.assignment} came late: what it says of"
            f" {_some(recorded.outdated)} is left out, for a newer list or the debtor has told of it since"
        )
    return flags


def _some(references: Sequence[str]) -> str:
    named, more = references[:_NAMED], len(references) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


async def _record(database: Database, listed: MandateList, *, whole: bool) -> mandates.MandatesRecorded | None:
    async with database.transaction() as connection:
        creditor = await mandates.owner_of_agreement(connection, listed.account)
        if creditor is None:
            return None
        return await mandates.record_mandates(
            connection,
            creditor,
            listed.mandates,
            name=f"mandates-{sha256(repr(listed).encode()).hexdigest()[:32]}",
            number=listed.number,
            lists_all=listed.lists_all and whole,
            now=await clock.now(connection),
        )
