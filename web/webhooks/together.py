"""Payments that are told at the same moment are booked together: one statement and one commit serve them all."""

import asyncio

from sqlalchemy.exc import DataError

from facts.database import Database
from facts.money import payments
from facts.money.payments import Booked, Payment
from facts.refusals import Refused

MOST = 50  # payments in a transaction: nobody waits long for the others


class Together:
    """Books payments as they come. While some are booked others gather, and are booked next, all at once.

    A payment that comes alone waits for nobody. One that is not plain, or that the others must not fail with, is booked
    in a transaction of its own; so is one whose case somebody else holds locked.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered: list[tuple[Payment, asyncio.Future[Booked | None]]] = []
        self._booking: asyncio.Task[None] | None = None

    async def book(self, payment: Payment) -> Booked:
        """Book one payment, as `payments.book` does: it is committed when this comes back. Raises UnknownCreditor."""
        booked: asyncio.Future[Booked | None] = asyncio.get_running_loop().create_future()
        self._gathered.append((payment, booked))
        if self._booking is None or self._booking.done():
            self._booking = asyncio.create_task(self._book_gathered())
        if (result := await booked) is not None:
            return result
        async with self._database.transaction() as connection:
            return await payments.book(connection, payment)

    async def _book_gathered(self) -> None:
        while self._gathered:
            batch, self._gathered = self._gathered[:MOST], self._gathered[MOST:]
            waiting = [booked for _, booked in batch]
            try:
                results = await self._book_plain([payment for payment, _ in batch])
            except Exception as error:
                for booked in waiting:
                    if not booked.done():  # whoever went away does not hear of it
                        booked.set_exception(error)
            else:
                for booked, result in zip(waiting, results, strict=True):
                    if not booked.done():
                        booked.set_result(result)

    async def _book_plain(self, told: list[Payment]) -> list[Booked | None]:
        """What became of each; None for each that is to be booked by itself."""
        try:
            async with self._database.transaction() as connection:
                return await payments.book_plain(connection, told)
        except (Refused, DataError):  # of one of them, who hears of it alone
            return [None] * len(told)
