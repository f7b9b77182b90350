"""Invoice files stored: each invoice for itself, and credit notes that stand before their invoices after all the rest."""

import asyncio
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.import_file import ImportFile, import_file
from domain.invoices.incoming import IncomingCreditNote, IncomingInvoice
from facts import clock
from facts.database import Database
from facts.invoices.import_files import came_in
from facts.invoices.intake import Intake
from facts.invoices.invoices import Imported
from facts.refusals import Refused, UnknownInvoice


@dataclass(frozen=True, slots=True)
class Became:
    """What became of an invoice or credit note: as it was read, or refused when it was stored."""

    read: ReadInvoice
    case: Literal["started", "credited", "known"] | None = None


@dataclass(frozen=True, slots=True)
class Storing:
    """Where and for whom invoices are stored. `api_key` is the hash of the key that sends them, where one does."""

    intake: Intake
    creditor: str | None
    api_key: str | None = None
    sent: ImportFile | None = None  # the file that all is of, where it lies on no disk
    files: dict[str, ImportFile] = field(default_factory=dict)  # by their places, as they are met

    async def batch(self, database: Database, batch: list[ReadInvoice], early: list[ReadInvoice]) -> list[Became]:
        """Store a batch together; where the database objects, each for itself.

        Credit notes whose invoices have not come are added to `early`, and nothing is said of them yet.
        """
        try:
            async with database.transaction() as connection:
                return await self.all_of(connection, batch, early)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
        became = []
        for read in batch:
            try:
                async with database.transaction() as connection:
                    became += await self.all_of(connection, [read], early)
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                became.append(refused(read, f"the database refuses it: {str(error.orig).splitlines()[0]}"))
        return became

    async def all_of(
        self, connection: AsyncConnection, batch: list[ReadInvoice], early: list[ReadInvoice] | None = None
    ) -> list[Became]:
        """Store each of them that can be, in the caller's transaction; without `early`, a note without its invoice is refused."""
        became = []
        for is_invoice, alike in groupby(batch, lambda read: isinstance(read.model, IncomingInvoice)):
            if is_invoice:
                became += await self._invoices(connection, list(alike))
                continue
            for read in alike:
                try:
                    became.append(await self._other(connection, read))
                except UnknownInvoice as unknown:
                    if early is None:
                        became.append(refused(read, str(unknown)))
                    else:
                        early.append(read)
        return became

    async def _invoices(self, connection: AsyncConnection, batch: list[ReadInvoice]) -> list[Became]:
        invoices = [read.model for read in batch if isinstance(read.model, IncomingInvoice)]
        stored = await self.intake.invoices(connection, invoices, creditor=self.creditor, api_key=self.api_key)
        for place, alike in groupby(zip(batch, stored, strict=True), lambda both: both[0].file):
            new = [each.case_id for _, each in alike if isinstance(each, Imported) and each.status == "new"]
            if cases := [case for case in new if case is not None]:
                await came_in(connection, await self._file(place), cases, await clock.now(connection))
        return [
            refused(read, str(each)) if isinstance(each, Refused) else _taken(read, each, "started")
            for read, each in zip(batch, stored, strict=True)
        ]

    async def _file(self, place: str) -> ImportFile:
        if self.sent is not None:
            return self.sent
        if place not in self.files:
            self.files[place] = await asyncio.to_thread(lambda: import_file(place, Path(place).read_bytes()))
        return self.files[place]

    async def _other(self, connection: AsyncConnection, read: ReadInvoice) -> Became:
        """Store a credit note, if it is accepted. Raises UnknownInvoice where its invoice has not come."""
        if not isinstance(read.model, IncomingCreditNote):
            return Became(read)
        now = await clock.now(connection, self.creditor or read.model.creditor)
        try:
            async with connection.begin_nested():
                credited = await self.intake.credit_note(connection, read.model, now, creditor=self.creditor)
        except UnknownInvoice:
            raise
        except Refused as why:
            return refused(read, str(why))
        return _taken(read, credited, "credited")


def _taken(read: ReadInvoice, imported: Imported, new: Literal["started", "credited"]) -> Became:
    told = replace(read, warnings=(*read.warnings, *imported.warnings))
    return Became(told, "known" if imported.status == "known" else new)


def refused(read: ReadInvoice, why: str) -> Became:
    """It was read, and is not stored."""
    raw = read.model.model_dump() if read.model else read.raw
    return Became(replace(read, model=None, reason=why, raw=raw))
