"""What will be drawn of a case by direct debit, where nothing more happens: what its debtor is told of and need not pay."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.agreements.direct_debit import is_in_time, may_be_stopped
from domain.agreements.instalments import Instalment, left
from domain.countries.calendar import Calendar
from domain.money.amount import ZERO
from domain.parties.standing import Thing
from domain.planner.case_facts import CaseFacts, Draw
from domain.planner.draws import against_draw, owed_on
from domain.planner.notices import asked_of
from domain.planner.obstacles import why_not

FILES_LEAVE_BEFORE = timedelta(hours=1)  # the cut-off: nothing is foreseen of the last hour


def coming_draw(
    facts: CaseFacts, calendar: Calendar, now: datetime, *, due: date | None = None, added: Decimal = ZERO
) -> Draw | None:
    """The draw of a case that is coming at `now` (UTC): of the claim that the bank has, else of the one that will be made.

    `due` and `added` are what a message changes in the facts: the due date, and what is owed. None after the day of
    the draw: then the money is waited for. What the creditor draws by a system of its own is what was invoiced.
    """
    today, pending = calendar.local_date(now), facts.draw
    if facts.drawn_elsewhere and facts.claim_due is not None:
        invoiced, day = asked_of(facts).principal, calendar.banking_day_on_or_after(facts.claim_due)
        return Draw(invoiced, day) if invoiced and today <= day else None
    if calendar.rules_of_draws(today) is None or (facts.claim_due is not None and facts.claim_due < today):
        return None
    if pending is not None and pending.due_on >= today:
        stays = pending.mandate_stands and not may_be_stopped(calendar, pending.due_on, now)
        if stays or against_draw(pending, facts, due or facts.due_date, calendar, now) is None:
            return pending.money
    return _claimable(facts, calendar, now, due, added)


def _claimable(facts: CaseFacts, calendar: Calendar, now: datetime, due: date | None, added: Decimal) -> Draw | None:
    """The draw of a claim that the next files will hold: of the invoice, or of the next instalment."""
    if not facts.drawable or why_not(Thing.DRAW, facts, calendar, now) is not None:
        return None
    coming = None
    if facts.plan is not None:
        coming = _next(left(facts.plan.instalments, facts.plan.paid), calendar.local_date(now))
        if coming is None:
            return None
    owed, falls_due = owed_on(facts, due or facts.due_date, coming, added=added)
    day = calendar.banking_day_on_or_after(falls_due)
    if owed <= 0 or not is_in_time(calendar, now + FILES_LEAVE_BEFORE, day):
        return None
    return Draw(owed, day, coming)


def _next(unpaid: Sequence[Instalment], today: date) -> int | None:
    return next((each.number for each in unpaid if each.due_on >= today), None)
