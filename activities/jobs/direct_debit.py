"""Direct debit, day by day: mandates read, draws settled or failed, claims taken back, and new ones sent."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.bank_files import book_file
from activities.jobs.each import for_each
from activities.mandate_files import in_order, read_mandate_file
from connectors.bank_files.reader import examine
from connectors.direct_debit.avtalegiro import DrawnClaim, Sender, Unwritable, write_file
from connectors.direct_debit.folder import DirectDebitFolder
from domain.countries.calendar import Calendar
from facts import clock
from facts.database import Database
from facts.direct_debit import claims, files, mandates, outcomes
from facts.direct_debit.files import Agreement, Wanted

log = structlog.get_logger()


class DirectDebit:
    """What is done for all creditors together. The activities take no argument and may run at any time, twice too."""

    def __init__(self, database: Database, calendar: Calendar, folder: DirectDebitFolder) -> None:
        """`calendar` is the one of the centre that draws, with its banking days and its cut-off's time zone."""
        self._database = database
        self._calendar = calendar
        self._folder = folder

    # --- in ----------------------------------------------------------------------------------------------------

    @activity.defn
    async def read_mandate_files(self) -> int:
        """Record the mandates of the files that have come, as they were made, and put them away; gives how many changed.

        Payments that the bank has left beside them are booked.
        """
        with self._folder.alone() as alone:
            arrived = await in_order(self._folder.arrived() if alone else ())
            return await for_each(arrived, self._read_and_put_away, lambda path: path.name, "mandates_not_read")

    async def _read_and_put_away(self, path: Path) -> int:
        bank_file = await asyncio.to_thread(examine, path)
        flagged = False
        try:
            read = await read_mandate_file(self._database, path)
        finally:  # payments beside mandates are money all the same, also where a list cannot be recorded
            if bank_file.transactions:
                flagged = bool((await book_file(self._database, bank_file)).flags)
        self._folder.put_away(path, flagged=flagged or bool(read.flags))
        return read.began + read.changed + read.ended

    # --- what became of claims -----------------------------------------------------------------------------------

    @activity.defn
    async def fail_claims(self) -> int:
        """Settle the claims whose money has come and fail those that brought none in time; gives how many failed."""
        agreements = await self._agreements()
        return await for_each(agreements, self._fail_for, lambda each: each.creditor, "claims_not_settled")

    async def _fail_for(self, agreement: Agreement) -> int:
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            await outcomes.settle(connection, agreement.creditor, self._calendar.here(now))
            ended = await outcomes.fail(connection, agreement.creditor, agreement.imported_through, self._calendar, now)
        if ended:
            log.info("claims_failed", creditor=agreement.creditor, count=ended)
        return ended

    # --- out -----------------------------------------------------------------------------------------------------

    @activity.defn
    async def cancel_claims(self) -> int:
        """Take back the claims that should not be drawn any more, while the bank takes it; gives how many."""
        return await self._write("cancellations")

    @activity.defn
    async def plan_claims(self) -> int:
        """Send the claims that open cases want, also by mandates that came before their invoices; gives how many."""
        await for_each(await self._agreements(), self._serve_waiting, lambda each: each.creditor, "mandates_not_served")
        return await self._write("claims")

    async def _serve_waiting(self, agreement: Agreement) -> int:
        async with self._database.transaction() as connection:
            served = await mandates.serve_waiting(connection, agreement.creditor, await clock.now(connection))
        return len(served.references)

    async def _write(self, kind: files.Kind) -> int:
        with self._folder.alone() as alone:
            if not alone:
                return 0
            await self._finish_prepared()
            agreements = await self._agreements()
            write = partial(self._write_for, kind=kind)
            return await for_each(agreements, write, lambda each: each.creditor, "direct_debit_not_written")

    async def _agreements(self) -> list[Agreement]:
        async with self._database.transaction() as connection:
            return await files.agreements(connection)

    async def _finish_prepared(self) -> None:
        """After a crash: a prepared file is published when its content was committed, and dropped when not."""
        for name in self._folder.prepared():
            async with self._database.transaction() as connection:
                committed = await files.is_known_file(connection, name)
            if not committed:
                self._folder.drop(name)
        async with self._database.transaction() as connection:
            names = await files.prepared_files(connection)
        for name in names:
            try:
                await self._publish_or_write_again(name)
            except FileExistsError:  # a person must look; the other creditors' files go out meanwhile
                log.error("direct_debit_file_not_published", file=name, reason="another file has its name")
            except Unwritable as refused:
                log.error("direct_debit_file_not_published", file=name, reason=str(refused))

    async def _publish_or_write_again(self, name: str) -> None:
        """Publish a committed file. One that was lost is written again from the facts.

        It keeps its number: if the centre has it after all, the second one is refused and nobody is drawn twice.
        """
        try:
            await self._publish(name)
        except FileNotFoundError:
            log.error("direct_debit_file_lost", file=name)
            async with self._database.transaction() as connection:
                file = await files.committed_file(connection, name)
            agreement = next((each for each in await self._agreements() if each.creditor == file.creditor), None)
            if agreement is None:
                raise Unwritable(f"creditor {file.creditor} has no direct-debit agreement any more") from None
            content = _content(agreement, file.kind, file.number, file.claims)
            await asyncio.to_thread(self._folder.prepare, name, content)
            await self._publish(name)

    async def _publish(self, name: str) -> None:
        self._folder.publish(name)
        async with self._database.transaction() as connection:
            await files.published(connection, name, await clock.now(connection))

    async def _write_for(self, agreement: Agreement, kind: files.Kind) -> int:
        """A creditor's files, a page of cases or claims each. An agreement that makes no valid file is logged."""
        written, after = 0, 0
        while True:
            try:
                async with self._database.transaction() as connection:
                    now = await clock.now(connection)
                    page, wanted = await self._page(connection, agreement.creditor, kind, after, now)
                    name = await self._prepare(connection, agreement, kind, wanted, now) if wanted else None
            except Unwritable as refused:
                log.error("direct_debit_refused", creditor=agreement.creditor, kind=kind, why=str(refused))
                return written
            if name:
                await self._publish(name)
                log.info("direct_debit_sent", creditor=agreement.creditor, kind=kind, count=len(wanted), file=name)
            written += len(wanted)
            if len(page) < claims.PAGE:
                return written
            after = page[-1]

    async def _page(
        self, connection: AsyncConnection, creditor: str, kind: files.Kind, after: int, now: datetime
    ) -> tuple[list[int], list[Wanted]]:
        today = self._calendar.local_date(now)
        if kind == "claims":
            page = await claims.unclaimed(connection, creditor, after, today)
            return page, await claims.wanting(connection, page, self._calendar, now)
        page = await claims.with_bank(connection, creditor, after, today)
        return page, await claims.cancel_wanted(connection, page, self._calendar, now)

    async def _prepare(
        self,
        connection: AsyncConnection,
        agreement: Agreement,
        kind: files.Kind,
        wanted: Sequence[Wanted],
        now: datetime,
    ) -> str:
        number = await files.next_number(connection, agreement.first_number, self._folder.numbers())
        name = self._folder.name(agreement.creditor, kind, number)
        content = _content(agreement, kind, number, wanted)
        store = claims.plan if kind == "claims" else claims.cancel
        await store(connection, agreement.creditor, wanted, name, number, now)
        await asyncio.to_thread(self._folder.prepare, name, content)
        return name


def _content(agreement: Agreement, kind: files.Kind, number: int, wanted: Sequence[Wanted]) -> bytes:
    sender = Sender(agreement.data_sender, agreement.account)
    return write_file(kind, sender, number, number, [_drawn(each) for each in wanted])


def _drawn(wanted: Wanted) -> DrawnClaim:
    """A claim in the words that the debtor sees on the account statement and, if told by the bank, in its notice."""
    part = f" avdrag {wanted.instalment}" if wanted.instalment else ""
    shown_as = f"Faktura {wanted.number}{part}"
    return DrawnClaim(
        reference=wanted.reference,
        due_on=wanted.due_on,
        amount=wanted.amount,
        payer=wanted.debtor_name,
        shown_as=shown_as,
        bank_notifies=wanted.bank_tells,
        text=(f"{shown_as}, forfall {wanted.due_on:%d.%m.%Y}",) if wanted.bank_tells else (),
    )
