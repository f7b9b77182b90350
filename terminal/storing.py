"""Storing what an import read: many invoices a transaction, a bad one rejected alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.invoice_files import Became, Storing
from composition import Parts
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.report import import_report
from domain.invoices.incoming import IncomingInvoice
from facts import clock
from facts.invoices.intake import Intake
from facts.refusals import Refused
from terminal import output
from terminal.connection import parts, run
from terminal.forecasts import going
from terminal.import_summary import Summary
from terminal.past_due import PastDue, past_due
from terminal.servers import away

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
                for whose, now in (await moments_of(connection, batch, creditor)).items():
                    theirs = [read for read in batch if read.model and (creditor or read.model.creditor) == whose]
                    if not (old := past_due(theirs, now)):
                        continue
                    rehearsal = await connection.begin_nested()
                    started = await _started(connection, intake, creditor, old, now, found)
                    plans = [await here.planning.plan(connection, case, now) for case in started]
                    for act, _ in going(plans, now, now + AHEAD):
                        found.would_go_out(act.day, f"{act.what} ({act.step})")
                    await rehearsal.rollback()
    return found


async def moments_of(
    connection: AsyncConnection, batch: Iterable[ReadInvoice], creditor: str | None
) -> dict[str | None, datetime]:
    """What time it is for each creditor of a batch: the one they are all said to be of, or the one that each names."""
    return await clock.now_of_each(connection, (creditor or read.model.creditor for read in batch if read.model))


async def _started(
    connection: AsyncConnection,
    intake: Intake,
    creditor: str | None,
    old: list[IncomingInvoice],
    now: datetime,
    found: PastDue,
) -> list[int]:
    """The cases that these invoices start, where they are new; what is refused is told when it is stored."""
    started = []
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
        storing = Storing(await _intake(here), creditor)
        with output.progress() as progress:
            bar = progress.add_task("invoices", total=None)
            early: list[ReadInvoice] = []  # credit notes whose invoices may come later in the run
            for batch in batches:
                summary.take(map(_entry, await storing.batch(here.database, batch, early)))
                progress.advance(bar, len(batch))
            for first in range(0, len(early), TOGETHER):
                async with here.database.transaction() as connection:
                    late = await storing.all_of(connection, early[first : first + TOGETHER])
                summary.take(map(_entry, late))
        summary.files = [*storing.files.values()]
    if not summary.cases:
        return None
    missing = await away(here.settings)
    return f"{missing}; everything is stored and the cases start when it is back" if missing else None


async def _intake(here: Parts) -> Intake:
    async with here.database.transaction() as connection:
        return here.intake(here.calendar.local_date(await clock.now(connection)))


def _entry(became: Became) -> Entry:
    """What became of one as the report tells it."""
    entry: Entry = import_report([became.read])["invoices"][0]
    return entry | {"case": became.case}
