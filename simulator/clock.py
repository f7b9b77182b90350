"""The one clock of the simulated world: it moves in shared steps, and cases that sleep are moved only when they are due."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from facts import clock
from facts.cases.load import workflow_id
from facts.database import Database
from simulator.beginning import begin_ahead
from simulator.emulators.providers import Providers

AT_ONCE = 8  # cases that are moved at the same time
BREATH = timedelta(minutes=2)  # a case is moved this far past the moment it waits for: longer than any act takes
LAG = timedelta(minutes=1)  # a case this little behind is left there: a target that wall time passes does not stop it
LOOK_EVERY = 0.01  # seconds of wall time
QUIET_WITHIN = 60.0  # seconds of wall time in which nothing changes: in a healthy world something does

NEXT_DUE = text("select min(next_at) from dunning_case where state = 'open'")
# Whose moment has come, and who means to act at once: how long the wall takes over a step moves nobody into it.
DUE = text("""
select i.creditor_id, i.number, c.next_at from dunning_case c join invoice i on i.id = c.invoice_id
where c.state = 'open' and (c.next_at <= :by or c.next_at <= c.looked_at) order by c.next_at
""")
# News and webhooks not yet told, and open cases whose latest decision has not seen all of it.
UNHEARD = text("""
select (select count(*) from outbox where dead_at is null) + (select count(*) from webhook_message where state = 'pending')
  + count(*) from dunning_case c where c.state = 'open' and (c.looked_at is null or c.news_seq > c.looked_seq)
""")


class WorldStuckError(Exception):
    """The world does not come to rest; the message names what is still going on."""


class WorldClock:
    """Moves the doors' clock and the cases' own clocks; all of them show wall time plus what was skipped."""

    def __init__(self, database: Database, client: Client, providers: Providers) -> None:
        self._database = database
        self._providers = providers
        self._plain = client
        self._skipper = TimeSkipper(client)
        self._skipped: dict[str, timedelta] = {}
        self._runs: dict[str, str] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self.offset = timedelta(0)
        self.moment = datetime.now(UTC)
        """The one that the world was moved to last: what people and offices reckon with, whatever the wall adds."""

    @property
    def client(self) -> Client:
        """A client for the outbox relay: a case catches up with the world before it hears news."""
        config = self._plain.config()
        config["interceptors"] = [*config["interceptors"], _CatchesUp(self)]
        return Client(**config)

    def now(self) -> datetime:
        """What time it is in the world (UTC)."""
        return datetime.now(UTC) + self.offset

    async def next_due(self) -> datetime | None:
        """When the next case wakes by itself."""
        async with self._database.transaction() as connection:
            due: datetime | None = (await connection.execute(NEXT_DUE)).scalar_one()
        return due

    async def begin(self, moment: datetime) -> None:
        """Let the world, in which nothing has happened, be at a moment ahead of the wall."""
        await self._turn(moment)

    async def move_to(self, moment: datetime) -> None:
        """Let the world's time pass: the doors' clock jumps, the due cases live up to it, everything comes to rest.

        Raises WorldStuckError when it does not.
        """
        await self._turn(moment)
        await self.rest()

    async def rest(self) -> None:
        """Wait until callbacks, outbox and cases are quiet and no case is due. Raises WorldStuckError."""
        loop = asyncio.get_running_loop()
        before, deadline = None, loop.time()
        while True:
            await self._providers.drain()
            async with self._database.transaction() as connection:
                unheard = (await connection.execute(UNHEARD)).scalar_one()
                due = (await connection.execute(DUE, {"by": self.moment})).all()
            if due:
                await asyncio.gather(
                    *(
                        self._live_until(workflow_id(case.creditor_id, case.number), case.next_at + BREATH)
                        for case in due
                    )
                )
            elif not unheard and not self._providers.pending:
                return
            if (left := (unheard, due)) != before:
                before, deadline = left, loop.time() + QUIET_WITHIN
            if loop.time() > deadline:
                names = ", ".join(f"{case.creditor_id} {case.number} since {case.next_at}" for case in due)
                raise WorldStuckError(
                    f"the world does not come to rest: {unheard} pieces of news unheard; due: {names}"
                )
            await asyncio.sleep(LOOK_EVERY)

    async def catch_up(self, case: str) -> None:
        """Bring a case's own clock to the world's time; a case that is not running is left alone."""
        await self._live_until(case, None)

    def started(self, case: str, run: str, ahead: timedelta) -> None:
        """A case was started or told news: a run that is new began so far ahead of the wall."""
        if self._runs.get(case) != run:
            self._runs[case] = run
            self._skipped[case] = ahead

    async def _turn(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)
        self.offset = max(self.offset, moment - datetime.now(UTC))
        async with self._database.transaction() as connection:
            await clock.set_offset(connection, self.offset.total_seconds())

    async def _live_until(self, case: str, moment: datetime | None) -> None:
        """Move a case to a moment, or to the world's time as it is when its turn comes (None, or a moment just before it)."""
        async with self._turns[case], self._at_once:
            now = datetime.now(UTC)
            here = now + self.offset
            moment = here if moment is None or timedelta(0) < here - moment < LAG else moment
            ahead = moment - now - self._skipped.get(case, timedelta(0))
            if ahead <= LAG or case not in self._runs:
                return
            try:
                going_on = await self._skipper.fast_forward(self._handle(case), ahead)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                going_on = False
            if going_on:
                self._skipped[case] = moment - now
            else:
                del self._runs[case]

    def _handle(self, case: str) -> WorkflowHandle[Any, Any]:
        return self._plain.get_workflow_handle(case)


class _CatchesUp(Interceptor):
    def __init__(self, world: WorldClock) -> None:
        self._world = world

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _CatchingUp(next, self._world)


class _CatchingUp(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, world: WorldClock) -> None:
        super().__init__(following)
        self._world = world

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        await self._world.catch_up(input.id)
        ahead = self._world.offset
        if ahead > LAG:
            begin_ahead(input, ahead)
        handle = await super().start_workflow(input)
        self._world.started(input.id, handle.result_run_id or "", ahead)
        return handle

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        await self._world.catch_up(input.id)
        await super().signal_workflow(input)
