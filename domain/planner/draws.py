"""A draw that is with the bank: why it should not happen, and until when it can be stopped."""

from datetime import date, datetime

from domain.agreements import direct_debit, instalments
from domain.countries.calendar import Calendar
from domain.money.amount import ZERO
from domain.planner.case_facts import Circumstances, PendingDraw
from domain.planner.obstacles import Thing, why_not


def against_draw(
    draw: PendingDraw, facts: Circumstances, due_date: date, calendar: Calendar, now: datetime
) -> str | None:
    """Why a claim that is with the bank should be stopped at `now` (UTC), in words; None when it should be drawn.

    It should where less is owed than it draws (of a plan, of its instalment), where it is due on a later day by now, where
    another agreement took its place, where its mandate ended, and where the table of obstacles forbids a draw.
    """
    plan, owed, due = facts.plan, facts.undisputed, due_date
    still_meant = draw.plan == (plan.id if plan else None)
    if plan is not None and still_meant:
        unpaid = {each.number: each.amount for each in instalments.left(plan.instalments, plan.paid)}
        owed = min(owed, unpaid.get(draw.instalment or 0, ZERO))
        due = next(each.due_on for each in plan.instalments if each.number == draw.instalment)
    due = max(due, facts.not_before or due)
    return direct_debit.against_drawing(
        owed,
        why_not(Thing.DRAW, facts, calendar, now),
        draw.amount,
        still_meant=still_meant,
        too_early=draw.due_on < calendar.banking_day_on_or_after(due),
        mandate_stands=draw.mandate_stands,
    )
