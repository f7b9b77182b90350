"""The calls to make, the most worth first: whom, about what, on which number, and what keeps one for later."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.planner import calls as rules
from domain.planner.case_facts import CaseFacts
from facts import clock
from facts.cases.load import load_cases
from facts.operations import calls
from facts.operations.calls import Desk, WaitingCall
from planning.service import Planning


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
    for now in set(time_of.values()):
        theirs = {call.case: call for call in waiting if time_of[call.creditor] == now}
        for case in await load_cases(connection, sorted(theirs), now):
            law = await planning.law_of_loaded(connection, case)
            found.append(_call(desk, theirs[case.id], case.facts, law, now))
    return sorted(found, key=lambda call: (call.waits is not None, -call.worth, call.id))


def _call(desk: Desk, call: WaitingCall, facts: CaseFacts, law: Law, now: datetime) -> Call:
    chance = rules.chance(facts, law, now, len(call.tried))
    taken = call.taken_until is not None and call.taken_until > now
    waits = rules.forbidden(facts, law, now)
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
