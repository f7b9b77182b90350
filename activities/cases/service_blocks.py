"""Blocking a service that is not paid for, after its warning; it is free again the moment the money comes."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.cases.tasks import act_once
from domain.planner.action import ActionKind
from facts.database import Database
from facts.webhooks.outgoing import emit
from planning.service import Plan, Planning
from workflows.contracts import Act, Next

BLOCK = text("""
with blocked as (insert into service_block (case_id, blocked_at, happened_at) values (:case, :now, :now) returning case_id)
select d.customer_number from blocked b join dunning_case c on c.id = b.case_id join debtor d on d.id = c.debtor_id
""")


class ServiceBlocks:
    """The activity that blocks a service."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def block_service(self, act: Act) -> Next:
        """Ask the creditor's system, by webhook, to block the service."""
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            customer = (await connection.execute(BLOCK, {"case": plan.case.id, "now": now})).scalar_one()
            data = {"invoice": plan.case.number, "customer_number": customer}
            await emit(connection, plan.case.creditor_id, "service.block", data, now)
            return f"service blocked ({plan.action.step})"

        return await act_once(self._database, self._planning, act.case, ActionKind.BLOCK_SERVICE, now, deed)
