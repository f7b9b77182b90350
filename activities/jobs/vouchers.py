"""Every day's vouchers for the creditors that keep their accounting days: each day closed once, and its file written once."""

import asyncio
from collections.abc import Mapping
from datetime import time, timedelta

import structlog
from temporalio import activity

from activities.jobs.each import for_each
from connectors.voucher_files import VoucherFiles, file_name
from domain.countries.law import Law
from facts import clock
from facts.database import Database
from facts.money import accounting
from facts.money.accounting import Kept
from views.vouchers import rows

log = structlog.get_logger()


class Vouchers:
    """The close of the days of all creditors. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database, laws: Mapping[str, Law], files: VoucherFiles) -> None:
        self._database = database
        self._laws = laws
        self._files = files

    @activity.defn
    async def close_accounting_days(self) -> int:
        """Close every day that is over, and write its file; gives how many days. Nothing while another close runs."""
        return await self.close()

    async def close(self, creditor: str | None = None) -> int:
        """The same, of one creditor where it is named."""
        with self._files.alone() as alone:
            if not alone:
                return 0
            await self._clear_prepared()
            async with self._database.transaction() as connection:
                through = await accounting.horizon(connection)
            async with self._database.transaction() as connection:
                kept = await accounting.kept(connection, creditor)

            async def close(each: Kept) -> int:
                return await self._close(each, through)

            return await for_each(kept, close, lambda each: each.creditor, "accounting_days_not_closed")

    async def _clear_prepared(self) -> None:
        """After a crash: a prepared file is published when its day was committed, and dropped when not."""
        for name in self._files.prepared():
            async with self._database.transaction() as connection:
                committed = await accounting.is_known_file(connection, name)
            if not committed:
                self._files.drop(name)
                continue
            try:
                self._files.publish(name)
            except FileExistsError:  # a person must look; the other files go out meanwhile
                log.error("voucher_file_not_published", file=name, reason="another file has its name")

    async def _close(self, kept: Kept, through: int) -> int:
        """Close what is over of a creditor's days, each in a transaction of its own, from the first that is open."""
        calendar, closed = self._laws[kept.country].calendar, 0
        while True:
            async with self._database.transaction() as connection:
                now = await clock.now(connection, kept.creditor)
                today = calendar.local_date(now)
                day = kept.last + timedelta(days=closed + 1)
                if day >= today:
                    return closed
                name, ends_at = file_name(kept.creditor, day), calendar.at(day + timedelta(days=1), time(0))
                done = await accounting.close(connection, kept.creditor, day, ends_at, through, name, now)
                if done is not None:
                    written = await rows(connection, done)
                    await asyncio.to_thread(self._files.prepare_rows, name, written)
            if done is not None:
                self._files.publish(name)
                log.info("accounting_day_closed", creditor=kept.creditor, day=str(day), entries=done.entries)
            closed += 1
