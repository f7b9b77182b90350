"""What a case does by itself, without a provider: work for a person, fees let go, a plan's end, a block, the hand-off."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.instalments import is_kept
from domain.money.allocation import Owed, Part, interest_to_take_back, settle
from domain.money.interest import accrued
from facts.agreements import plans
from facts.money import ledger
from facts.money.ledger import Entry
from facts.money.settling import DEFAULT_ORDER
from facts.operations.tasks import TaskKind, open_task
from facts.webhooks.outgoing import emit
from planning.service import Plan

WRITE_OFF = text("""
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, invoice_id, 'reversal', part, -sum(amount), currency, :on, 'write-off', invoice_id || '/' || part, :now
from ledger_entry where invoice_id = :invoice and part <> 'principal'
group by creditor_id, invoice_id, part, currency having sum(amount) > 0
on conflict do nothing
""")
NEW_ROUND = text("update dunning_case set round = round + 1 where id = :case and round = :round")
QUEUE = text("""
insert into hand_off (creditor_id, case_id, state, happened_at) values (:creditor, :case, 'queued', :now)
""")
BLOCK = text("""
with blocked as (insert into service_block (case_id, blocked_at, happened_at) values (:case, :now, :now) returning case_id)
select d.customer_number from blocked b join dunning_case c on c.id = b.case_id join debtor d on d.id = c.debtor_id
""")

Do = Callable[[AsyncConnection, Plan, datetime], Awaitable[str]]
"""What an act does inside its transaction, at a moment (UTC); gives a line for the diary."""


def ask_a_person(kind: TaskKind, said: str) -> Do:
    """The act that opens a task of a kind; `said` is its line in the diary."""

    async def ask(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
        await open_task(connection, plan.case, plan.action.step or "", kind, plan.action.why, now)
        return f"{said} ({plan.action.step})"

    return ask


async def write_off(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
    """Let go of fees and interest when no principal is left."""
    today = plan.law.calendar.local_date(now)
    await connection.execute(WRITE_OFF, {"invoice": plan.case.invoice_id, "on": today, "now": now})
    return "fees written off"


async def new_round(connection: AsyncConnection, plan: Plan, _now: datetime) -> str:
    """Begin a new round, in which a fresh collection notice can be sent."""
    await connection.execute(NEW_ROUND, {"case": plan.case.id, "round": plan.case.facts.round})
    return "new round begun"


async def end_plan(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
    """End a plan; after one that was not kept a new round begins, so that a notice comes before anything harder."""
    agreed = plan.case.facts.plan
    assert agreed is not None  # the action is about it
    kept = is_kept(agreed.instalments, agreed.paid)
    await plans.end(connection, agreed.id, "kept" if kept else "broken", plan.law, now)
    if not kept:
        await new_round(connection, plan, now)
    return f"instalment plan {'kept' if kept else 'broken'}"


async def take_back_interest(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
    """Take back the interest that money of an earlier day shows never ran."""
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
    return f"interest taken back: {wrong} {facts.currency}"


async def hand_off(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
    """Put the case into the next daily file for the collection partner, once, after a person's approval."""
    await connection.execute(QUEUE, {"creditor": plan.case.creditor_id, "case": plan.case.id, "now": now})
    return "handed off: in the next file for the collection partner"


async def block_service(connection: AsyncConnection, plan: Plan, now: datetime) -> str:
    """Ask the creditor's system, by webhook, to block the service; it is free again the moment the money comes."""
    customer = (await connection.execute(BLOCK, {"case": plan.case.id, "now": now})).scalar_one()
    data = {"invoice": plan.case.number, "customer_number": customer}
    await emit(connection, plan.case.creditor_id, "service.block", data, now)
    return f"service blocked ({plan.action.step})"
