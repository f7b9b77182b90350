"""The breaker: far more goes out than was foreseen, and everything stops until a person has looked."""

import structlog
from temporalio import activity

from facts import clock
from facts.database import Database
from facts.operations import stops, sweep

log = structlog.get_logger()

BREAKER_FACTOR, BREAKER_ROOM = 3, 50  # a letter has two alerts; and a few bounces come every hour


class Breaker:
    """The watch over what goes out. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def trip_breaker(self) -> bool:
        """Stop everything when far more went out within the hour than was foreseen; gives whether it did."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            gone, foreseen = await sweep.gone_out(connection, now)
            if gone <= foreseen * BREAKER_FACTOR + BREAKER_ROOM:
                return False
            await stops.set_stop(connection, "everything", "", None, "breaker", "more-than-forecast", now)
        log.error("breaker_tripped", deliveries=gone, foreseen=foreseen)
        return True
