"""What a case does by itself, without a provider: work for a person, fees let go, a plan's end, a block, the hand-off."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.relations import in_words
from domain.parties.standing import Thing, standing_of
from domain.planner.coming_credit import usable
from domain.planner.effects import interest_that_never_ran
from facts import diary
from facts.agreements import plans
from facts.cases.load import workflow_id
from facts.collection import hand_offs, service_blocks
from facts.direct_debit import claims
from facts.money import credit, ledger, postings
from facts.operations import calls, rounds
from facts.operations.tasks import TaskKind, open_task
from facts.outbox import tell
from facts.parties.creditors import agency_named
from facts.parties.relations import at_stake
from planning.service import PlannedCase

log = structlog.get_logger()

QUEUE = text("""
insert into hand_off (creditor_id, case_id, state, happened_at) values (:creditor, :case, 'queued', :now)
""")
Do = Callable[[AsyncConnection, PlannedCase, datetime], Awaitable[str]]
"""What an act does inside its transaction, at a moment (UTC); gives a line for the diary."""


def ask_a_person(kind: TaskKind, said: str) -> Do:
    """The act that opens a task of a kind; `said` is its line in the diary."""

    async def ask(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
        await open_task(connection, [plan.case.id], plan.action.step or "", kind, plan.action.why, now)
        return f"{said} ({plan.action.step})"

    return ask


async def ask_for_a_call(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Open a call, for the agency that the step names: our own people call where it has no key, or may not know who it is."""
    case, step = plan.case, plan.action.step or ""
    wanted = next((each.agency for each in plan.policy.steps if each.id == step), None)
    agency = await agency_named(connection, case.creditor_id, wanted) if wanted else None
    secret = standing_of(case.facts.life, plan.law.calendar.local_date(now), plan.law).never(Thing.ADDRESS)
    kept = None
    if wanted and (secret or agency is None):
        kept = f"not by {wanted}: {'the address is protected' if secret else 'it has no key of this creditor'}"
        log.warning("call_kept", case=workflow_id(case.creditor_id, case.number), step=step, reason=kept)
    why = "; ".join(filter(None, [plan.action.why, kept]))
    optional = plan.action.onward is not None
    await open_task(connection, [case.id], step, "call", why, now, optional=optional)
    if agency and not kept and (task := await calls.give_opened(connection, case.id, step, agency)):
        await diary.write(connection, "call_given", "purr", [(case.id, {"task": task, "agency": agency})], now)
    return f"call task opened ({step})"


async def ask_for_approval(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Ask a person to approve a hand-off or a termination, and say what the creditor stands to lose by it."""
    stake = in_words(await at_stake(connection, plan.case.id, now))
    rejected = await hand_offs.rejection(connection, plan.case.id)
    given_back = f"the collection partner did not take it: {rejected}" if rejected else None
    why = "; ".join(filter(None, [plan.action.why, given_back, stake]))
    await open_task(connection, [plan.case.id], plan.action.step or "", "approval", why, now)
    return f"approval asked for ({plan.action.step})"


async def write_off(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Let go of fees and interest when no principal is left."""
    (invoice,) = await ledger.lock(connection, [plan.case.id])
    await postings.write_off(connection, invoice, now)
    return "fees written off"


async def new_round(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Begin a new round, in which a fresh collection notice can be sent."""
    await rounds.begin(connection, [plan.case.id], now)
    return "new round begun"


async def end_plan(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """End a plan; after one that was not kept a new round begins, so that a notice comes before anything harder."""
    kept = plan.action.kept
    await plans.close(connection, [plan.case.id], "kept" if kept else "broken", now)
    await tell(connection, [plan.case.id], "plan_recorded", now)
    if not kept:
        await new_round(connection, plan, now)
    return f"instalment plan {'kept' if kept else 'broken'}"


async def take_back_interest(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Take back the interest that money of an earlier day shows never ran."""
    wrong = interest_that_never_ran(plan.case.facts, plan.law)
    (invoice,) = await ledger.lock(connection, [plan.case.id])
    under = postings.keys_at("interest taken back", invoice, now)
    await postings.take_back_interest(connection, invoice, wrong, under, now)
    return f"interest taken back: {wrong} {plan.case.facts.currency}"


async def use_credit(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Let the debtor's credit on other invoices pay this one, as the policy says."""
    case, facts = plan.case, plan.case.facts
    used = await credit.use(
        connection, case.id, case.debtor_id, facts.currency, usable(facts), credit.BY_POLICY, "policy", now
    )
    return f"credit of other invoices used: {used} {facts.currency}"


async def tell_of_draw(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Tell a person of a draw that should be stopped and cannot be any more."""
    draw = plan.case.facts.draw
    assert draw is not None
    await claims.tell_of_draw(connection, plan.case.id, draw, plan.action.why, now)
    return f"drawn on {draw.due_on} all the same: {plan.action.why}"


async def hand_off(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Put the case into the next daily file for the collection partner, once, after a person's approval."""
    await connection.execute(QUEUE, {"creditor": plan.case.creditor_id, "case": plan.case.id, "now": now})
    return "handed off: in the next file for the collection partner"


async def terminate_service(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Ask the creditor's system, by webhook, to end the service, once a person has agreed to it."""
    await service_blocks.terminate(connection, plan.case.id, now)
    return f"service ended ({plan.action.step})"


async def block_service(connection: AsyncConnection, plan: PlannedCase, now: datetime) -> str:
    """Ask the creditor's system, by webhook, to block the service; it is free again the moment the money comes."""
    await service_blocks.block(connection, plan.case.id, now)
    stake = in_words(await at_stake(connection, plan.case.id, now))
    return "; ".join(filter(None, [f"service blocked ({plan.action.step})", stake]))
