"""The Temporal server and the workers: who is away when one does not answer, in one sentence."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from config.settings import Settings
from config.temporal import TemporalAwayError, connect
from terminal.connection import ANSWER_SECONDS
from terminal.output import Refusal
from workflows.contracts import TASK_QUEUE

WORKER_ASKS_EVERY = timedelta(seconds=75)  # a poll lasts a minute


async def connected(settings: Settings) -> Client:
    """A client of the Temporal server; raises Refusal where none answers."""
    try:
        return await connect(settings)
    except TemporalAwayError as server:
        raise Refusal(str(server)) from server


async def away(settings: Settings) -> str | None:
    """Who does not answer, the Temporal server or every worker, in one sentence; None when both are there."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            client = await connect(settings)
            return None if await worker_seen(client) else worker_away()
    except TemporalAwayError as server:
        return str(server)
    except (TimeoutError, RPCError):
        return server_away(settings)


async def worker_seen(client: Client) -> bool:
    """Whether a worker has asked for cases just now: it asks at least once a minute."""
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    just_now = datetime.now(UTC) - WORKER_ASKS_EVERY
    return any(poller.last_access_time.ToDatetime(tzinfo=UTC) > just_now for poller in described.pollers)


def server_away(settings: Settings) -> str:
    """The sentence for a Temporal server that does not answer in time."""
    return f"the Temporal server at {settings.temporal_address} does not answer: start it with `make run`"


def worker_away() -> str:
    """The sentence for a server without a worker."""
    return "no worker answers: start one with `make run` or `python worker.py`"
