"""Invoice files that are dropped into a folder: each is imported, and put away beside what became of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import structlog

from activities.invoice_files import Became, Storing
from activities.watched_folder import AT_ONCE, WatchedFolder
from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import in_batches, read_invoices
from domain.invoices.incoming import IncomingInvoice
from domain.invoices.past_due import is_past_due
from facts import clock
from facts.database import Database
from facts.invoices.before import invoices_before
from facts.invoices.intake import Intake
from facts.refusals import Refused

log = structlog.get_logger()


class InvoiceFolder(WatchedFolder):
    """The invoices and credit notes of a billing system. A PDF waits for its invoice."""

    holds = "invoices"

    def __init__(self, database: Database, place: Path, intake: Callable[[datetime], Intake]) -> None:
        """`place` is where the folder is, made when it is first looked into; `intake` gives the way in at a moment."""
        super().__init__(place)
        self._database, self._intake = database, intake

    def _is_taken(self, name: str) -> bool:
        return not name.lower().endswith(".pdf")

    async def _take(self, name: str) -> None:
        path = self._folder.path(name)
        why, pdfs = await self._past_due(path), set[Path]()
        became = list[Became]()
        if why is None:
            async with self._database.transaction() as connection:
                storing = Storing(self._intake(await clock.now(connection)), None)
            early: list[ReadInvoice] = []
            async for batch in _batches(path):
                pdfs.update(pdf for read in batch for pdf in read.pdfs)
                became += map(_without_content, await storing.batch(self._database, batch, early))
            async with self._database.transaction() as connection:
                became += map(_without_content, await storing.all_of(connection, early))
        counts = Counter(each.case or "rejected" for each in became)
        is_taken = why is None and counts.total() > counts["rejected"]
        report = {"file": name, "reason": why, "invoices": [_told(each) for each in became]}
        self._put_away(name, report, done=is_taken, companions=[pdf.name for pdf in sorted(pdfs)])
        told = log.warning if counts["rejected"] or why else log.info
        told("invoice_file_imported", file=name, taken=counts.total() - counts["rejected"], rejected=counts["rejected"])

    async def _past_due(self, path: Path) -> str | None:
        """Why a file waits for a person: new invoices in it would set off a reminder at once, and nobody can be asked."""
        old, oldest = 0, None
        async for batch in _batches(path):
            async with self._database.snapshot() as connection:
                models = [read.model for read in batch if isinstance(read.model, IncomingInvoice)]
                moments = await clock.now_of_each(connection, (invoice.creditor for invoice in models))
                intake = self._intake(await clock.now(connection))
                for invoice in models:
                    if not _waits_for_a_person(invoice, moments[invoice.creditor]):
                        continue
                    try:
                        owner = await intake.owner(connection, invoice.creditor, None)
                    except Refused:
                        continue
                    if not await invoices_before(connection, owner.id, [invoice.number]):
                        old, oldest = old + 1, min(oldest or invoice.due_date, invoice.due_date)
        if not old:
            return None
        return (
            f"{old} new invoices are past due, the oldest since {oldest}: nothing is stored. Tell with already_sent what "
            "was sent before, and import it with `starter.py import`, which asks"
        )


async def _batches(path: Path) -> AsyncIterator[list[ReadInvoice]]:
    """What a file holds, some at a time; read in a thread, so that nothing else of the worker waits for it."""
    batches = in_batches(read_invoices([path]), AT_ONCE)
    while batch := await asyncio.to_thread(next, batches, None):
        yield batch


def _waits_for_a_person(invoice: IncomingInvoice, now: datetime) -> bool:
    return not invoice.already_sent and is_past_due(invoice, now)


def _without_content(became: Became) -> Became:
    """What is told of it, without what it held."""
    read = became.read
    return Became(
        ReadInvoice(
            read.file, read.place, read.kind, reason=read.reason, warnings=read.warnings, raw={"number": read.number}
        ),
        became.case,
    )


def _told(became: Became) -> dict[str, object]:
    read = became.read
    status = became.case or "rejected"
    return {"place": read.place, "kind": read.kind, "number": read.number, "status": status, "reason": read.reason} | {
        "warnings": read.warnings
    }
