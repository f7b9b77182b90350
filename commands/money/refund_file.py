"""The next file of refunds for a creditor's bank: kept in the facts, and left in a folder where somebody collects it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.refund_files import FileHead, RefundFiles, Transfer, file_name, pain_001
from domain.countries.law import Law
from domain.money.pay_out import PaysFrom
from domain.parties.places import place_of
from facts import clock
from facts.database import Database
from facts.money import refund_orders
from facts.money.refund_orders import NewFile, Order, Setting
from facts.operations import stops
from facts.refusals import Refused

log = structlog.get_logger()


async def order(
    connection: AsyncConnection, laws: Mapping[str, Law], creditor: str, by: str, now: datetime
) -> NewFile | None:
    """Order the refunds of one currency that may go now, in a new file to be carried out on the next banking day.

    None where there is none; the creditor's own currency goes first, and each call has the next.
    Raises Unknown or Refused: also while facts are restored, for what was ordered since the backup would be ordered twice.
    """
    if await stops.restoring(connection):
        raise Refused("facts are being restored: no refund is ordered before `restored` says what was sent meanwhile")
    country = (await refund_orders.setting(connection, creditor)).country
    here = laws[country].calendar.here(now)

    def write(how: Setting, account: PaysFrom, orders: Sequence[Order]) -> NewFile:
        message_id = f"PURR{uuid4().hex[:24].upper()}"
        execute_on = laws.get(account.country, laws[country]).calendar.banking_day_on_or_after(here.day)
        place = place_of(how.address)
        head = FileHead(message_id, here.local, execute_on, how.name, country, account, place[1] if place else None)
        written = pain_001(head, [_transfer(each) for each in orders])
        return NewFile(file_name(creditor, here.day, message_id), message_id, execute_on, written.decode())

    return await refund_orders.order(connection, creditor, by, here.day, now, write)


def _transfer(order: Order) -> Transfer:
    refund = order.refund
    return Transfer(
        order.end_to_end, refund.amount, refund.to_account or "", refund.name, refund.language, refund.invoice
    )


class RefundFolder:
    """The folder that somebody hands to the bank: each file is there once, also where its writer was killed in between."""

    def __init__(self, database: Database, laws: Mapping[str, Law], files: RefundFiles) -> None:
        self._database = database
        self._laws = laws
        self._files = files

    async def write(self, creditor: str, by: str) -> list[NewFile]:
        """Order what may go, and leave its files in the folder, one for each currency. Raises as `order`.

        Raises Refused while another writer is at work.
        """
        written: list[NewFile] = []
        with self._files.alone() as alone:
            if not alone:
                raise Refused("another file of refunds is being written: try again when it is done")
            await self._clear_prepared()
            while (file := await self._next(creditor, by)) is not None:
                self._files.publish(file.name)
                log.info("refund_file_written", creditor=creditor, file=file.name)
                written.append(file)
        return written

    async def _next(self, creditor: str, by: str) -> NewFile | None:
        """The next file, prepared; None where there is nothing to order any more."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection, creditor)
            file = await order(connection, self._laws, creditor, by, now)
            if file is not None:
                self._files.prepare(file.name, file.content.encode())
            return file

    async def _clear_prepared(self) -> None:
        """After a crash: a prepared file is published when its orders were committed, and dropped when not."""
        for name in self._files.prepared():
            async with self._database.transaction() as connection:
                committed = await refund_orders.is_known_file(connection, name)
            if committed:
                self._files.publish(name)
                log.info("refund_file_published_late", file=name)
            else:
                self._files.drop(name)
