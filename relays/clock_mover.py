"""The clocks of creditors in test mode go on to their targets, by way of each moment at which a case has something to do."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import DBAPIError

from facts.database import Database
from facts.parties import clocks
from relays.away import Away

log = structlog.get_logger()

IDLE_SECONDS = 0.5
STEP_SECONDS = 0.02
RETRY_SECONDS = 10.0
PATIENCE_SECONDS = 60.0  # how long a case that does not get on holds its creditor's clock up


class ClockMover:
    """Moves the clocks while a worker runs. Many may run at once: each step is one transaction under the clock's lock."""

    def __init__(self, database: Database, hand_over: Callable[[], Awaitable[int]]) -> None:
        """`hand_over` lets what creditors in test mode have queued for their collection partners leave."""
        self._database = database
        self._hand_over = hand_over
        self._held_up: dict[str, float] = {}

    async def run(self) -> None:
        """Move until cancelled. Whatever goes wrong is logged and tried again."""
        away = Away()
        while True:
            try:
                pause = STEP_SECONDS if await self.move() else IDLE_SECONDS
                if away.ends():
                    log.info("clocks_reached")
            except (OSError, DBAPIError) as error:
                if away.begins():
                    log.warning("clocks_unreachable", error=type(error).__name__)
                pause = RETRY_SECONDS
            except Exception as error:
                log.error("clock_not_moved", exc_info=error)
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def move(self) -> bool:
        """Let each clock that is on its way go one step; gives whether there was one."""
        async with self._database.transaction() as connection:
            in_test_mode = await clocks.all_of_them(connection)
        if in_test_mode:  # where all are live, nothing more is asked
            await self._hand_over()
        moving = [creditor for creditor, is_on_its_way in in_test_mode.items() if is_on_its_way]
        for creditor in moving:
            await self._step(creditor)
        return bool(moving)

    async def _step(self, creditor: str) -> None:
        time = asyncio.get_running_loop().time()
        patient = time - self._held_up.setdefault(creditor, time) < PATIENCE_SECONDS
        if not patient:
            log.warning("clock_waited_long_enough", creditor=creditor)
        async with self._database.transaction() as connection:
            went_on = await clocks.step(connection, creditor, patient=patient)
        if went_on:
            del self._held_up[creditor]
