"""What was asked for many cases is started, and started again where no run is left: the facts say how far it is."""

import asyncio

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from facts.database import Database
from facts.operations import many
from relays.away import Away, first_line
from workflows import contracts

log = structlog.get_logger()

EVERY = 1.0  # seconds
WORKFLOW = "many"


def workflow_of(order: int) -> str:
    """The id of an order's workflow."""
    return f"{WORKFLOW}/{order}"


class ManyStarter:
    """Starts while a worker runs. Many may: an order has one workflow at a time."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client

    async def run(self) -> None:
        """Start until cancelled. Whatever goes wrong is logged and tried again."""
        away = Away()
        while True:
            try:
                await self.start()
                if away.ends():
                    log.info("orders_to_many_started")
            except (OSError, DBAPIError, RPCError) as error:
                if away.begins():
                    log.warning("orders_to_many_not_started", error=first_line(error))
            await asyncio.sleep(EVERY)

    async def start(self) -> int:
        """Start all that are not at their end; gives how many those are. One that runs goes on as it was."""
        async with self._database.transaction() as connection:
            orders = await many.going_on(connection)
        for order in orders:
            await self._client.start_workflow(
                WORKFLOW,
                contracts.ManyAsked(order=order),
                id=workflow_of(order),
                task_queue=contracts.TASK_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        return len(orders)
