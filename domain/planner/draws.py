"""What may be drawn of a case by direct debit, and why a draw that is with the bank should not happen."""

from datetime import date, datetime
from decimal import Decimal

from domain.agreements import direct_debit, instalments
from domain.countries.calendar import Calendar
from domain.money.amount import ZERO
from domain.parties.standing import Thing
from domain.planner.case_facts import Circumstances, PendingDraw
from domain.planner.obstacles import why_not


def owed_on(
    facts: Circumstances, due_date: date, instalment: int | None, *, added: Decimal = ZERO
) -> tuple[Decimal, date]:
    """What may be drawn of an invoice, or of one instalment where a plan is agreed, and the day on which it is due.

    It is the undisputed balance, with what a message adds, of a plan at most what is left of the instalment; due after the new
    days of a rejected dispute.
    """
    owed, due = facts.undisputed + added, due_date
    if facts.plan is not None:
        unpaid = {each.number: each.amount for each in instalments.left(facts.plan.instalments, facts.plan.paid)}
        owed = min(owed, unpaid.get(instalment or 0, ZERO))
        due = next(each.due_on for each in facts.plan.instalments if each.number == instalment)
    return owed, max(due, facts.not_before or due)


def moved_to(draw: PendingDraw, facts: Circumstances, due_date: date, calendar: Calendar, now: datetime) -> date | None:
    """The later day on which a claim that is with the bank is due by now, where nothing else speaks against drawing it then.

    None where it is due on no later day, where that is too far ahead for the bank, or where the draw should be stopped.
    """
    if draw.plan != (facts.plan.id if facts.plan else None):
        return None
    owed, due = owed_on(facts, due_date, draw.instalment)
    day = direct_debit.draw_on(calendar, now, due)
    in_the_way = why_not(Thing.DRAW, facts, calendar, now)
    stands = direct_debit.against_drawing(
        owed, in_the_way, draw.amount, still_meant=True, mandate_stands=draw.mandate_stands
    )
    return day if day is not None and day > draw.due_on and stands is None else None


def against_draw(
    draw: PendingDraw, facts: Circumstances, due_date: date, calendar: Calendar, now: datetime
) -> str | None:
    """Why a claim that is with the bank should be stopped at `now` (UTC), in words; None when it should be drawn.

    It should where less is owed than it draws (of a plan, of its instalment), where it is due on a later day by now, where
    another agreement took its place, where its mandate ended, and where the table of obstacles forbids a draw.
    """
    still_meant = draw.plan == (facts.plan.id if facts.plan else None)
    owed, due = owed_on(facts, due_date, draw.instalment) if still_meant else (facts.undisputed, due_date)
    return direct_debit.against_drawing(
        owed,
        why_not(Thing.DRAW, facts, calendar, now),
        draw.amount,
        still_meant=still_meant,
        too_early=draw.due_on < calendar.banking_day_on_or_after(due),
        mandate_stands=draw.mandate_stands,
    )
