"""Webhooks as payment providers post them: in turn, repeated until they are taken, and late, twice or shuffled on request."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from simulator.emulators.providers import Faults

RETRY_FOR: Final = 120.0  # seconds of wall time
FIRST_PAUSE: Final = 0.05
SLOWEST_RETRY: Final = 2.0

# Signs a body afresh for each try: gives what is posted and its headers.
Sign = Callable[[dict[str, Any]], tuple[bytes, dict[str, str]]]


@dataclass
class Callbacks:
    """What waits to be posted to one address. While `held`, events pile up until `release`."""

    url: str | None
    sign: Sign
    faults: Faults = field(default_factory=Faults)
    late: float = 0.0  # seconds of wall time before anything is posted
    held: bool = False
    waiting: list[dict[str, Any]] = field(default_factory=list, init=False)
    answers: list[int] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(timeout=30, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many batches are still under way."""
        return len(self._tasks)

    def queue(self, *events: dict[str, Any]) -> None:
        """Take events to post."""
        self.waiting += events
        if not self.held:
            self.release()

    def release(self) -> None:
        """Post what is waiting, disturbed where that is asked for."""
        events, self.waiting = self.faults.disturb(self.waiting), []
        if self.url is not None and events:
            task = asyncio.create_task(self._post_all(self.url, events))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait until everything queued is taken, refused or given up."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self) -> None:
        """Stop posting."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    async def _post_all(self, url: str, events: list[dict[str, Any]]) -> None:
        await asyncio.sleep(self.late)
        for event in events:
            await self._post(url, event)

    async def _post(self, url: str, event: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + RETRY_FOR, FIRST_PAUSE
        while loop.time() < deadline:
            body, headers = self.sign(event)
            try:
                status = (await self._http.post(url, content=body, headers=headers)).status_code
            except httpx.TransportError:
                status = 503
            self.answers.append(status)
            if status < 300 or (status < 500 and status != 429):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, SLOWEST_RETRY)
