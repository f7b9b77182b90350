"""The calls to make, the most worth first: whom, about what, on which number, and what keeps one for later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.experiments.uplift import Helped
from domain.planner import calls as rules
from domain.planner.case_facts import CaseFacts
from facts import clock
from facts.cases.load import load_cases
from facts.operations import calls
from facts.operations.calls import Desk, WaitingCall
from planning.service import Planning
from views.prediction.uplift import SAID, OfCalls, helped, uplift_of_calls


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
    helped: Helped
    helps: str | None
    """Whether it helps, as an experiment found, in words; None where that is not known."""


async def list_calls(
    connection: AsyncConnection, planning: Planning, desk: Desk, only: int | None = None
) -> list[Call]:
    """The calls of a desk: those that may be made now first, by what they are worth; one alone where it is named."""
    waiting = await calls.waiting(connection, desk, only)
    now_of = await clock.now_of_each(connection, {call.creditor for call in waiting})
    of_calls = await uplift_of_calls(connection, now_of)
    return sorted(await _looked_at(connection, planning, desk.agency, waiting, now_of, of_calls), key=_in_order)


async def list_first_calls(
    connection: AsyncConnection, planning: Planning, desks: Sequence[Desk], most: int
) -> tuple[list[Call], int]:
    """So many calls of several desks of one agency as may be made now and are worth most, with those that somebody is at.

    Gives with them how many more wait: not looked at, for none of them can be worth more.
    """
    waiting = [call for desk in desks for call in await calls.waiting(connection, desk)]
    now_of = await clock.now_of_each(connection, {call.creditor for call in waiting})
    of_calls = await uplift_of_calls(connection, now_of)
    helped_of = {creditor for (creditor, *_), helps in of_calls.items() if helps is Helped.YES}
    most_of = {
        call.id: (Helped.YES if call.creditor in helped_of else Helped.UNKNOWN).counted(
            _worth_at_most(call, now_of[call.creditor])
        )
        for call in waiting
    }
    waiting.sort(key=lambda call: (call.taken_by is None, -most_of[call.id], call.id))
    agency = next((desk.agency for desk in desks), None)
    found: list[Call] = []
    while waiting and not _enough(found, most, waiting[0].taken_by is None, most_of[waiting[0].id]):
        looked_at, waiting = waiting[:most], waiting[most:]
        found += await _looked_at(connection, planning, agency, looked_at, now_of, of_calls)
    return sorted(found, key=_in_order), len(waiting)


def _enough(found: Sequence[Call], most: int, all_taken_seen: bool, next_counts: Decimal) -> bool:
    """Whether so many may be made now as are wanted, each of which comes before whatever is not looked at yet."""
    before = [call for call in found if call.waits is None and call.helped is not Helped.NO]
    return all_taken_seen and sum(call.helped.counted(call.worth) >= next_counts for call in before) >= most


def _worth_at_most(call: WaitingCall, now: datetime) -> Decimal:
    """What a call is worth of whose debtor nothing else is known: what is known besides only lowers its chance."""
    return rules.worth(call.balance, rules.best_chance(len(call.tried)), rules.days_left(now, call.next_at))


async def _looked_at(
    connection: AsyncConnection,
    planning: Planning,
    agency: str | None,
    waiting: Sequence[WaitingCall],
    now_of: Mapping[str | None, datetime],
    of_calls: OfCalls,
) -> list[Call]:
    if not waiting:
        return []
    found = []
    for now in {now_of[call.creditor] for call in waiting}:
        theirs = {call.case: call for call in waiting if now_of[call.creditor] == now}
        for case in await load_cases(connection, sorted(theirs), now):
            law = await planning.law_of_loaded(connection, case)
            call = theirs[case.id]
            found.append(_call(agency, call, case.facts, law, now, helped(of_calls, case, call.step, law, now)))
    return found


def _in_order(call: Call) -> tuple[bool, bool, Decimal, bool, int]:
    """Whom calls do not help comes last, and who is helped counts more; of two alike who is helped comes first."""
    last, first = call.helped is Helped.NO, call.helped is Helped.YES
    return call.waits is not None, last, -call.helped.counted(call.worth), not first, call.id


def _call(agency: str | None, call: WaitingCall, facts: CaseFacts, law: Law, now: datetime, helps: Helped) -> Call:
    chance = rules.chance(facts, law, now, len(call.tried))
    taken = call.taken_until is not None and call.taken_until > now
    waits = rules.forbidden(facts, law, now)
    if waits is None and call.agency != agency:
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
        helps,
        SAID.get(helps),
    )
