"""Invoice files stored: each invoice for itself, and credit notes that stand before their invoices after all the rest."""

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.incoming import IncomingInvoice
from facts import clock
from facts.database import Database
from facts.invoices.intake import Intake
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
        for read in batch:
            try:
                became.append(await self.one(connection, read))
            except UnknownInvoice as unknown:
                if early is None:
                    became.append(refused(read, str(unknown)))
                else:
                    early.append(read)
        return became

    async def one(self, connection: AsyncConnection, read: ReadInvoice) -> Became:
        """Store one, if it is accepted. Raises UnknownInvoice for a credit note whose invoice has not come."""
        if read.model is None:
            return Became(read)
        now = await clock.now(connection, self.creditor or read.model.creditor)
        try:
            async with connection.begin_nested():
                if isinstance(read.model, IncomingInvoice):
                    imported = await self.intake.invoice(
                        connection, read.model, now, creditor=self.creditor, api_key=self.api_key
                    )
                else:
                    imported = await self.intake.credit_note(connection, read.model, now, creditor=self.creditor)
        except UnknownInvoice:
            raise
        except Refused as why:
            return refused(read, str(why))
        told = replace(read, warnings=(*read.warnings, *imported.warnings))
        if imported.status == "known":
            return Became(told, "known")
        return Became(told, "started" if isinstance(read.model, IncomingInvoice) else "credited")


def refused(read: ReadInvoice, why: str) -> Became:
    """It was read, and is not stored."""
    raw = read.model.model_dump() if read.model else read.raw
    return Became(replace(read, model=None, reason=why, raw=raw))
