"""What follows from a plan that has come to its end, and from interest that never ran."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.cases.tasks import NEW_ROUND, act_once
from domain.agreements.instalments import is_kept
from domain.money.allocation import Owed, Part, interest_to_take_back, settle
from domain.money.interest import accrued
from domain.planner.action import ActionKind
from facts.agreements import plans
from facts.database import Database
from facts.money import ledger
from facts.money.ledger import Entry
from facts.money.settling import DEFAULT_ORDER
from planning.service import Plan, Planning
from workflows.contracts import Act, Next


class Agreements:
    """The activities that end a plan, and that take interest back."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def end_plan(self, act: Act) -> Next:
        """End a plan that was not kept: a new round begins, so that a notice comes before anything harder."""
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            agreed = plan.case.facts.plan
            assert agreed is not None  # the action is about it
            kept = is_kept(agreed.instalments, agreed.paid)
            await plans.end(connection, agreed.id, "kept" if kept else "broken", plan.law, now)
            if not kept:
                await connection.execute(NEW_ROUND, {"case": plan.case.id, "round": plan.case.facts.round})
            return f"instalment plan {'kept' if kept else 'broken'}"

        return await act_once(self._database, self._planning, act.case, ActionKind.END_PLAN, now, deed)

    @activity.defn
    async def take_back_interest(self, act: Act) -> Next:
        """Take back the interest that money of an earlier day shows never ran."""
        now = activity.info().started_time

        async def deed(connection: AsyncConnection, plan: Plan) -> str:
            taken = await _take_back(connection, plan, now)
            return f"interest taken back: {taken} {plan.case.facts.currency}"

        return await act_once(self._database, self._planning, act.case, ActionKind.TAKE_BACK_INTEREST, now, deed)


async def _take_back(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
    facts, case = plan.case.facts, plan.case
    assert facts.interest_through is not None  # the action is about it
    ran = accrued(facts.principal_changes, facts.due_date, facts.interest_through, plan.law)
    wrong = interest_to_take_back(facts.interest_charged, ran)
    (standing,) = await ledger.lock(connection, [case.id])
    owed = standing.owed
    freed = settle(Owed(owed.principal, owed.interest - wrong, owed.fee), standing.allocation or DEFAULT_ORDER)
    back: list[tuple[str, Part, Decimal]] = [("reversal", "interest", -wrong)]
    back += [("transfer", part, amount) for part, amount in freed]  # what was paid of it pays the other parts
    today, key = plan.law.calendar.local_date(now), f"{case.number}/{now.isoformat()}"
    entries = [
        Entry(case.invoice_id, kind, part, amount, today, "interest taken back", f"{key}#{number}")
        for number, (kind, part, amount) in enumerate(back, 1)
    ]
    await ledger.post(connection, standing.creditor_id, standing.currency, entries, now)
    return str(wrong)
