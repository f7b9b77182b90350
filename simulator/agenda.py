"""What the people and offices of the simulated world mean to do, and when."""

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count

Act = Callable[[], Awaitable[None]]


class Agenda:
    """Plans by their moment; those of the same moment by whose they are, then in the order in which they were made."""

    def __init__(self) -> None:
        self._plans: list[tuple[datetime, str, int, Act]] = []
        self._order = count()

    def plan(self, moment: datetime, act: Act, whose: str = "") -> None:
        """Mean to do something at a moment; `whose` it is orders what is planned side by side, in any order."""
        heapq.heappush(self._plans, (moment, whose, next(self._order), act))

    @property
    def next_moment(self) -> datetime | None:
        """When the first plan is due; None without plans."""
        return self._plans[0][0] if self._plans else None

    async def carry_out(self, now: datetime) -> None:
        """Do everything that is due, one after the other; what is planned meanwhile for the same time too."""
        while self._plans and self._plans[0][0] <= now:
            *_, act = heapq.heappop(self._plans)
            await act()
