"""Work for a person: calls, addresses to find, approvals; and the small acts that need no one."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.cases.decide import lock_case
from domain.planner.action import ActionKind
from facts.database import Database
from facts.operations.tasks import TaskKind, open_task
from planning.service import Plan, Planning
from workflows.contracts import Act, Case, Next

WRITE_OFF = text("""
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, invoice_id, 'reversal', part, -sum(amount), currency, :on, 'write-off', invoice_id || '/' || part, :now
from ledger_entry where invoice_id = :invoice and part <> 'principal'
group by creditor_id, invoice_id, part, currency having sum(amount) > 0
on conflict do nothing
""")
NEW_ROUND = text("update dunning_case set round = round + 1 where id = :case and round = :round")


Deed = Callable[[AsyncConnection, Plan], Awaitable[str]]
"""What an act without an outside world does inside its transaction; gives a line for the diary."""


class Tasks:
    """The activities that open a task, write a remainder off or begin a new round."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def open_call_task(self, act: Act) -> Next:
        """Ask a person to call the debtor."""
        return await self._task(act.case, ActionKind.OPEN_CALL_TASK, "call", "call task opened")

    @activity.defn
    async def open_address_task(self, act: Act) -> Next:
        """Ask a person to find an address that works."""
        return await self._task(act.case, ActionKind.OPEN_ADDRESS_TASK, "address", "address task opened")

    @activity.defn
    async def open_decision_task(self, act: Act) -> Next:
        """Ask a person how a case goes on whose plan has nothing more that it may do."""
        return await self._task(act.case, ActionKind.OPEN_DECISION_TASK, "decision", "a person decides how it goes on")

    @activity.defn
    async def request_approval(self, act: Act) -> Next:
        """Ask a person to approve the hand-off."""
        return await self._task(act.case, ActionKind.REQUEST_APPROVAL, "approval", "approval asked for")

    @activity.defn
    async def write_off(self, act: Act) -> Next:
        """Let go of fees and interest when no principal is left."""
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            today = plan.law.calendar.local_date(now)
            await connection.execute(WRITE_OFF, {"invoice": plan.case.invoice_id, "on": today, "now": now})
            return "fees written off"

        return await act_once(self._database, self._planning, act.case, ActionKind.WRITE_OFF, now, deed)

    @activity.defn
    async def new_round(self, act: Act) -> Next:
        """Begin a new round, in which a fresh collection notice can be sent."""
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            await connection.execute(NEW_ROUND, {"case": plan.case.id, "round": plan.case.facts.round})
            return "new round begun"

        return await act_once(self._database, self._planning, act.case, ActionKind.NEW_ROUND, now, deed)

    async def _task(self, case: Case, expected: ActionKind, kind: TaskKind, what: str) -> Next:
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            await open_task(connection, plan.case, plan.action.step or "", kind, plan.action.why, now)
            return f"{what} ({plan.action.step})"

        return await act_once(self._database, self._planning, case, expected, now, deed)


async def act_once(
    database: Database, planning: Planning, case: Case, expected: ActionKind, now: datetime, deed: Deed
) -> Next:
    """Check again under lock, act when the plan still says so, and answer with the next action."""
    async with database.transaction() as connection:
        number = await lock_case(connection, case)
        plan = await planning.plan(connection, number, now)
        if plan.action.kind is not expected or not plan.action.is_due(now):
            return await planning.answer(connection, plan, now)
        what = await deed(connection, plan)
        after = await planning.plan(connection, number, now)
        return await planning.answer(connection, after, now, what)
