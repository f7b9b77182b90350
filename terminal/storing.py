"""Storing what an import read: many invoices a transaction, a bad one rejected alone."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from composition import Parts
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.report import import_report
from domain.invoices.incoming import IncomingInvoice
from facts import clock
from facts.database import Database
from facts.invoices.intake import Intake
from facts.refusals import Refused, UnknownInvoice
from terminal import output
from terminal.connection import away, parts, run
from terminal.forecasts import going
from terminal.import_summary import Summary
from terminal.past_due import PastDue, past_due

Entry = dict[str, Any]


TOGETHER = 200  # credit notes that came early, in one transaction
AHEAD = timedelta(days=7)  # how far a rehearsal looks for the first messages


def rehearse(batches: Iterable[list[ReadInvoice]], creditor: str | None) -> PastDue:
    """What storing these would set off for the new invoices among them that are past due. Nothing is stored."""
    return run(_rehearse(batches, creditor))


async def _rehearse(batches: Iterable[list[ReadInvoice]], creditor: str | None) -> PastDue:
    found = PastDue()
    async with parts() as here:
        intake = await _intake(here)
        for batch in batches:
            async with here.database.transaction() as connection:
                now = await clock.now(connection)
                if old := past_due(batch, now):
                    rehearsal = await connection.begin_nested()
                    started = await _started(connection, intake, creditor, old, found)
                    plans = [await here.planning.plan(connection, case, now) for case in started]
                    for act, _ in going(plans, now, now + AHEAD):
                        found.would_go_out(act.day, f"{act.what} ({act.step})")
                    await rehearsal.rollback()
    return found


async def _started(
    connection: AsyncConnection, intake: Intake, creditor: str | None, old: list[IncomingInvoice], found: PastDue
) -> list[int]:
    """The cases that these invoices start, where they are new; what is refused is told when it is stored."""
    now, started = await clock.now(connection), []
    for invoice in old:
        try:
            async with connection.begin_nested():
                imported = await intake.invoice(connection, invoice, now, creditor=creditor)
        except (Refused, DBAPIError):
            continue
        if imported.status == "new" and imported.case_id is not None:
            started.append(imported.case_id)
            found.add(invoice)
    return started


def store_all(batches: Iterable[list[ReadInvoice]], creditor: str | None, summary: Summary) -> str | None:
    """Store what was read and add it to the summary; gives a hint when the started cases must wait for someone."""
    return run(_store_all(batches, creditor, summary))


async def _store_all(batches: Iterable[list[ReadInvoice]], creditor: str | None, summary: Summary) -> str | None:
    async with parts() as here:
        intake = await _intake(here)
        with output.progress() as progress:
            bar = progress.add_task("invoices", total=None)
            early: list[ReadInvoice] = []  # credit notes whose invoices may come later in the run
            for batch in batches:
                summary.take(await _store(here.database, intake, creditor, batch, early))
                progress.advance(bar, len(batch))
            for first in range(0, len(early), TOGETHER):
                summary.take(await _store(here.database, intake, creditor, early[first : first + TOGETHER]))
    if not summary.cases:
        return None
    missing = await away(here.settings)
    return f"{missing}; everything is stored and the cases start when it is back" if missing else None


async def _intake(here: Parts) -> Intake:
    async with here.database.transaction() as connection:
        return here.intake(here.calendar.local_date(await clock.now(connection)))


async def _store(
    database: Database,
    intake: Intake,
    creditor: str | None,
    batch: list[ReadInvoice],
    early: list[ReadInvoice] | None = None,
) -> list[Entry]:
    """The entries of a batch, stored together; where the database objects, each is stored for itself.

    Credit notes whose invoices have not come are added to `early` where that is given, and have no entry yet.
    """
    try:
        async with database.transaction() as connection:
            stored = [(read, await _stored(connection, intake, creditor, read)) for read in batch]
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        stored = [(read, await _stored_alone(database, intake, creditor, read)) for read in batch]
    entries = []
    for read, entry in stored:
        if isinstance(entry, UnknownInvoice) and early is not None:
            early.append(read)
        else:
            entries.append(_rejected(read, str(entry)) if isinstance(entry, UnknownInvoice) else entry)
    return entries


async def _stored_alone(
    database: Database, intake: Intake, creditor: str | None, read: ReadInvoice
) -> Entry | UnknownInvoice:
    try:
        async with database.transaction() as connection:
            return await _stored(connection, intake, creditor, read)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return _rejected(read, f"the database refuses it: {str(error.orig).splitlines()[0]}")


async def _stored(
    connection: AsyncConnection, intake: Intake, creditor: str | None, read: ReadInvoice
) -> Entry | UnknownInvoice:
    """The report's entry of one invoice or credit note, stored where it is accepted, with what became of its case."""
    if read.model is None:
        return _entry(read) | {"case": None}
    now = await clock.now(connection)
    try:
        async with connection.begin_nested():
            if isinstance(read.model, IncomingInvoice):
                imported = await intake.invoice(connection, read.model, now, creditor=creditor)
                case = "started" if imported.status == "new" else "known"
            else:
                imported = await intake.credit_note(connection, read.model, now, creditor=creditor)
                case = "credited" if imported.status == "new" else "known"
    except UnknownInvoice as unknown:
        return unknown
    except Refused as refused:
        return _rejected(read, str(refused))
    entry = _entry(read)
    return entry | {"case": case, "warnings": [*entry["warnings"], *imported.warnings]}


def _rejected(read: ReadInvoice, reason: str) -> Entry:
    where = reason if read.place == "/" else f"{read.place}: {reason}"
    return _entry(read) | {"status": "rejected", "reason": where, "case": None}


def _entry(read: ReadInvoice) -> Entry:
    entry: Entry = import_report([read])["invoices"][0]
    return entry
