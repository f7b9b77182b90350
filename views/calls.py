"""The calls to make, the most worth first: whom, about what, on which number, and what keeps one for later."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.planner import calls as rules
from facts import clock
from facts.cases.load import load_cases
from facts.operations import calls
from facts.operations.calls import Desk, WaitingCall
from planning.service import PlannedCase, Planning


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make. `waits` says why not now, in words; moments are UTC."""

    id: int
    creditor: str
    invoice: str
    customer_number: str | None
    debtor: str
    language: str
    numbers: tuple[str, ...]
    balance: Decimal
    currency: str
    due_date: date
    worth: Decimal
    tries: int
    why: str
    waits: str | None
    next_at: datetime | None
    taken_by: str | None
    taken_until: datetime | None


async def list_calls(
    connection: AsyncConnection, planning: Planning, desk: Desk, only: int | None = None
) -> list[Call]:
    """The calls of a desk: those that may be made now first, by what they are worth; one alone where it is named."""
    waiting = await calls.waiting(connection, desk, only)
    time_of = await clock.now_of_each(connection, {call.creditor for call in waiting})
    found = []
    for owner, now in time_of.items():
        theirs = {call.case: call for call in waiting if call.creditor == owner}
        for case in await load_cases(connection, sorted(theirs), now):
            found.append(_call(desk, theirs[case.id], await planning.plan_loaded(connection, case, now), now))
    return sorted(found, key=lambda call: (call.waits is not None, -call.worth, call.id))


def _call(desk: Desk, call: WaitingCall, plan: PlannedCase, now: datetime) -> Call:
    chance = rules.chance(plan.case.facts, plan.law, now, len(call.tried))
    taken = call.taken_until is not None and call.taken_until > now
    waits = rules.forbidden(plan.case.facts, plan.law, now)
    if waits is None and call.agency != desk.agency:
        waits = f"given to {call.agency}"
    if waits is None and not call.numbers:
        waits = "no number is known that works"
    if waits is None and taken:
        waits = f"{call.taken_by} is at it"
    not_before = call.not_before if call.not_before and call.not_before > now else None
    if waits is None and not_before:
        waits = "it is tried later"
    return Call(
        call.id,
        call.creditor,
        call.invoice,
        call.customer_number,
        call.debtor,
        call.language,
        tuple(call.numbers),
        call.balance,
        call.currency,
        call.due_date,
        rules.worth(call.balance, chance, rules.days_left(now, call.next_at)),
        len(call.tried),
        call.why,
        waits,
        not_before,
        call.taken_by if taken else None,
        call.taken_until if taken else None,
    )
