"""The sweep: open cases and running workflows are compared, page by page; who is not running is started, who is stuck is told."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from temporalio import activity
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from activities.jobs.losses import find_losses
from commands.debtor.confirmed_contact import use_confirmed
from facts import clock
from facts.cases.load import workflow_id
from facts.database import Database
from facts.operations import sweep
from facts.operations.sweep import Watched
from facts.parties import debtors
from planning.service import Planning

log = structlog.get_logger()

PAGE = 200  # cases in one question to the list of workflows
AT_ONCE = 20  # workflows asked for one by one at once
PROBLEMS = SearchAttributeKey.for_keyword_list("TemporalReportedProblems")  # the server's own: tasks that fail and fail


class Sweep:
    """The sweep of all cases. The activity takes no argument and may run at any time, twice too."""

    def __init__(self, database: Database, client: Client, planning: Planning) -> None:
        self._database = database
        self._client = client
        self._planning = planning

    @activity.defn
    async def sweep(self) -> int:
        """Start open cases that have no running workflow; gives how many. Those that do not get on are flagged."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            await debtors.look_at_ends(connection, now)
            await use_confirmed(connection, now)
        started = await start_what_is_not_running(self._database, self._client)
        await find_losses(self._database, self._planning)
        return started


async def start_what_is_not_running(database: Database, client: Client) -> int:
    """Start every open case that has no running workflow, whatever their number; gives how many.

    A case that runs but is overdue, or whose tasks fail, is flagged and told to look again. Temporal may have lost all,
    know less than the facts (its cases decide anew when they wake) or more (a workflow without an invoice ends itself).
    """
    after, started = 0, 0
    async with database.transaction() as connection:
        now = await clock.now(connection)
    while True:
        async with database.transaction() as connection:
            page = await sweep.watched(connection, now, after=after, most=PAGE)
        if not page:
            return started
        after = page[-1].case
        started += await _compared(database, client, page, now)


async def _compared(database: Database, client: Client, page: Sequence[Watched], now: datetime) -> int:
    running = await _running(client, page)
    missing = [each for each in page if _id(each) not in running]
    found: dict[int, str] = {}
    for first in range(0, len(missing), AT_ONCE):  # the list follows the workflows a moment later: each is asked for
        some = missing[first : first + AT_ONCE]
        states = await asyncio.gather(*(_state(client, each) for each in some))
        found |= {each.case: state for each, state in zip(some, states, strict=True) if state != "running"}
    stuck = [each.case for each in page if each.case not in found and (each.overdue or running.get(_id(each)))]
    for case, state in found.items():
        log.warning("case_swept", case_id=case, workflow=state)
    for case in stuck:
        log.error("case_stuck", case_id=case)
    async with database.transaction() as connection:
        await sweep.flag_stuck(connection, stuck, now)
        return await sweep.start_again(connection, found, now)


async def _running(client: Client, page: Sequence[Watched]) -> Mapping[str, bool]:
    """Those of a page that run, and whether their tasks fail."""
    names = ", ".join("'" + _id(each).replace("'", "''") + "'" for each in page)
    query = f"WorkflowType = 'dunning' and ExecutionStatus = 'Running' and WorkflowId in ({names})"
    return {each.id: _has_problems(each) async for each in client.list_workflows(query)}


def _has_problems(found: WorkflowExecution) -> bool:
    return bool(found.typed_search_attributes.get(PROBLEMS))


async def _state(client: Client, case: Watched) -> str:
    try:
        status = (await client.get_workflow_handle(_id(case)).describe()).status
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return "missing"
        raise
    running = status in (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW)
    return "running" if running or status is None else status.name.lower()


def _id(case: Watched) -> str:
    return workflow_id(case.creditor, case.number)
