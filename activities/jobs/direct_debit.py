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
from activities.draw_answers import read_answer_file
from activities.jobs.draw_files import content
from activities.jobs.draw_files import mandates as mandates_file
from activities.jobs.each import for_each
from activities.mandate_files import in_order, read_mandate_file
from connectors.bank_files.bank_file import BankFile
from connectors.bank_files.reader import examine
from connectors.direct_debit.centre_file import tells_of_draws
from connectors.direct_debit.folder import DirectDebitFolder
from connectors.direct_debit.unwritable import Unwritable
from domain.countries.calendar import Calendar
from facts import clock
from facts.database import Database
from facts.direct_debit import claims, files, mandate_orders, mandates, outcomes
from facts.direct_debit.files import Agreement, CommittedFile, Wanted

log = structlog.get_logger()


class DirectDebit:
    """What is done for all creditors together. The activities take no argument and may run at any time, twice too."""

    def __init__(self, database: Database, calendar: Calendar, folder: DirectDebitFolder, *others: Calendar) -> None:
        """The calendars are those of the centres that draw, with their banking days and their cut-offs' time zones."""
        self._database = database
        self._calendars = {each.country: each for each in (calendar, *others)}
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
        if await asyncio.to_thread(tells_of_draws, path):
            await self._record_answers(path, bank_file)
            return 0
        flagged = False
        try:
            read = await read_mandate_file(self._database, path)
        finally:  # payments beside mandates are money all the same, also where a list cannot be recorded
            if bank_file.transactions:
                flagged = bool((await book_file(self._database, bank_file)).flags)
        self._folder.put_away(path, flagged=flagged or bool(read.flags))
        return read.began + read.changed + read.ended

    async def _record_answers(self, path: Path, bank_file: BankFile) -> None:
        """What became of draws is recorded, and their money booked; the file is put away."""
        flags = (await book_file(self._database, bank_file)).flags if bank_file.transactions else ()
        read = await read_answer_file(self._database, path)
        self._folder.put_away(path, flagged=bool(flags or read.flags))

    # --- what became of claims -----------------------------------------------------------------------------------

    @activity.defn
    async def fail_claims(self) -> int:
        """Settle the claims whose money has come and fail those that brought none in time; gives how many failed."""
        agreements = await self._agreements()
        return await for_each(agreements, self._fail_for, lambda each: each.creditor, "claims_not_settled")

    async def _fail_for(self, agreement: Agreement) -> int:
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            calendar = self._calendars[agreement.country]
            await outcomes.settle(connection, agreement.creditor, calendar.here(now))
            ended = await outcomes.fail(connection, agreement.creditor, agreement.imported_through, calendar, now)
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
        """Send the claims that open cases want, also by mandates that came before their invoices; gives how many.

        Before them go the mandates that creditors bring to the centre themselves.
        """
        agreements = await self._agreements()
        await for_each(agreements, self._serve_waiting, lambda each: each.creditor, "mandates_not_served")
        with self._folder.alone() as alone:
            if alone:
                await self._finish_prepared()
                await for_each(agreements, self._send_mandates, lambda each: each.creditor, "mandates_not_sent")
        return await self._write("claims")

    async def _serve_waiting(self, agreement: Agreement) -> int:
        async with self._database.transaction() as connection:
            served = await mandates.serve_waiting(connection, agreement.creditor, await clock.now(connection))
        return len(served.references)

    async def _send_mandates(self, agreement: Agreement) -> int:
        """The files of a creditor's own mandates, a page of them each; gives how many mandates."""
        sent = 0
        while True:
            try:
                async with self._database.transaction() as connection:
                    orders = await mandate_orders.wanted(connection, agreement.creditor)
                    if not orders:
                        return sent
                    name = await self._prepare_mandates(connection, agreement, orders)
            except Unwritable as refused:
                log.error("direct_debit_refused", creditor=agreement.creditor, kind="mandate orders", why=str(refused))
                return sent
            await self._publish(name)
            log.info(
                "direct_debit_sent", creditor=agreement.creditor, kind="mandate orders", count=len(orders), file=name
            )
            sent += len(orders)

    async def _prepare_mandates(
        self, connection: AsyncConnection, agreement: Agreement, orders: mandate_orders.MandateOrders
    ) -> str:
        now = await clock.now(connection)
        number = await files.next_number(connection, agreement.first_number, self._folder.numbers())
        name = self._folder.name(agreement.creditor, mandate_orders.KIND, number)
        written = mandates_file(agreement, self._calendars[agreement.country].local_date(now), orders)
        await mandate_orders.store(connection, agreement.creditor, orders, name, number, now)
        await asyncio.to_thread(self._folder.prepare, name, written)
        return name

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
            found = await files.agreements(connection)
        return [each for each in found if each.country in self._calendars]

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
            await asyncio.to_thread(self._folder.prepare, name, await self._again(agreement, name, file))
            await self._publish(name)

    async def _again(self, agreement: Agreement, name: str, file: CommittedFile) -> bytes:
        async with self._database.transaction() as connection:
            day = self._calendars[agreement.country].local_date(await clock.now(connection))
            if file.kind == mandate_orders.KIND:
                return mandates_file(agreement, day, await mandate_orders.in_file(connection, name))
        return content(agreement, file.kind, file.number, day, file.claims)

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
                    page, wanted = await self._page(connection, agreement, kind, after, now)
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
        self, connection: AsyncConnection, agreement: Agreement, kind: files.Kind, after: int, now: datetime
    ) -> tuple[list[int], list[Wanted]]:
        creditor, calendar = agreement.creditor, self._calendars[agreement.country]
        today = calendar.local_date(now)
        if kind == "claims":
            page = await claims.unclaimed(connection, creditor, after, today)
            return page, await claims.wanting(connection, page, calendar, now)
        page = await claims.with_bank(connection, creditor, after, today)
        return page, await claims.cancel_wanted(connection, page, calendar, now)

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
        written = content(agreement, kind, number, self._calendars[agreement.country].local_date(now), wanted)
        store = claims.plan if kind == "claims" else claims.cancel
        await store(connection, agreement.creditor, wanted, name, number, now)
        await asyncio.to_thread(self._folder.prepare, name, written)
        return name
