"""The last resort: a case leaves for collection, once, after a person's approval."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.cases.tasks import act_once
from domain.planner.action import ActionKind
from facts.database import Database
from planning.service import Plan, Planning
from workflows.contracts import Act, Next

QUEUE = text("""
insert into hand_off (creditor_id, case_id, state, happened_at) values (:creditor, :case, 'queued', :now)
""")


class HandOffs:
    """The activity that hands a case off."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def hand_off(self, act: Act) -> Next:
        """Put the case into the next daily file for the collection partner."""
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            await connection.execute(QUEUE, {"creditor": plan.case.creditor_id, "case": plan.case.id, "now": now})
            return "handed off: in the next file for the collection partner"

        return await act_once(self._database, self._planning, act.case, ActionKind.HAND_OFF, now, deed)
