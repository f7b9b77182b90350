"""A draw that should not happen: stopped while it can be, and told of at once when it cannot, whatever the case waits for."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.planner.action import ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, DueMoved, HandOffState, PastEvent, PendingDraw
from domain.planner.draws import against_draw, moved_to
from domain.planner.effects import ON_PAPER
from domain.planner.preview import preview
from domain.vocabulary import Channel
from tests.domain.builders import (
    DUE,
    DUE_READ,
    EVERYWHERE,
    GENTLE,
    INVOICE_READ,
    LAW,
    decide,
    facts,
    failed,
    in_oslo,
    known,
    local,
    said,
    sent,
)

# The draw is on Monday 15 June; the bank takes a cancellation until Friday the 12th at 14:00.
FRIDAY, AFTER, SATURDAY, ON_THE_DAY = "2026-06-12 10:00", "2026-06-12 14:05", "2026-06-13 10:00", "2026-06-15 09:30"
CUT_OFF = "2026-06-12 14:00"
DRAW = PendingDraw(12, Decimal(802), DUE)
TOLD = replace(DRAW, told=True)
IN_TWO = (Instalment(1, DUE, Decimal(401)), Instalment(2, date(2026, 7, 15), Decimal(401)))

# What speaks against the draw, and what the planner would do without it.
UNWANTED: dict[str, dict[str, Any]] = {
    "a hold": {"held": True, "hold_reason": "asked-for-time"},
    "paid by hand": {"balance": Decimal(0), "principal": Decimal(0)},
    "paid in part": {"balance": Decimal(300), "principal": Decimal(300)},
    "disputed": {"disputed": True},
    "withdrawn": {"withdrawn": True},
    "with the partner": {"hand_off": HandOffState.ACCEPTED},
    "promised": {"promises": (Promise(1, date(2026, 6, 20), Decimal(802), date(2026, 6, 11), Decimal(0)),)},
    "money in review": {"money_in_review": date(2026, 6, 12)},
    "due later": {"due_date": date(2026, 6, 22)},
    "new days after a dispute": {"not_before": date(2026, 6, 22)},
    "no mandate": {"draw": replace(DRAW, mandate_stands=False)},
    "another agreement": {"plan": ActivePlan(7, date(2026, 6, 12), IN_TWO, Decimal(0))},
}
SILENT: dict[str, dict[str, Any]] = {
    "dead": {"life": (known("deceased"),)},
    "everything is stopped": {"stops": ("everything",)},
}


def case(**changes: Any) -> CaseFacts:
    return facts(INVOICE_READ, **{"claim_due": DUE, "draw": DRAW} | changes)


def told(**changes: Any) -> CaseFacts:
    known = case(**changes)
    assert known.draw is not None
    return replace(known, draw=replace(known.draw, told=True))


def test_a_draw_that_should_happen_changes_nothing() -> None:
    for at in (FRIDAY, AFTER, ON_THE_DAY):
        assert decide(case(), at) == decide(case(draw=None), at)


@pytest.mark.parametrize("why", UNWANTED | SILENT)
def test_before_the_cut_off_the_case_waits_for_the_bank_and_looks_again_at_the_cut_off_at_the_latest(why: str) -> None:
    action = decide(case(**(UNWANTED | SILENT)[why]), FRIDAY)
    assert action.kind is not ActionKind.CLOSE
    assert action.at is not None
    assert action.at <= local(CUT_OFF)


@pytest.mark.parametrize("why", UNWANTED | SILENT)
@pytest.mark.parametrize("at", [AFTER, SATURDAY, ON_THE_DAY])
def test_past_the_cut_off_a_person_is_told_at_once(why: str, at: str) -> None:
    action = decide(case(**(UNWANTED | SILENT)[why]), at)
    assert (action.kind, in_oslo(action.at)) == (ActionKind.TELL_OF_DRAW, at)
    after = ON_PAPER[action.kind](case(**(UNWANTED | SILENT)[why]), action, LAW, local(at))
    assert decide(after, at).kind is not ActionKind.TELL_OF_DRAW


@pytest.mark.parametrize("why", UNWANTED)
def test_past_the_cut_off_the_debtor_hears_of_it_at_once_whatever_the_case_waits_for(why: str) -> None:
    assert said(told(**UNWANTED[why]), AFTER) == "deliver sms draw-goes-on#12 2026-06-12 14:05"


@pytest.mark.parametrize("why", UNWANTED)
def test_the_debtor_hears_of_it_once(why: str) -> None:
    word = sent("draw-goes-on#12", Channel.SMS, AFTER, read=AFTER)
    known = told(**UNWANTED[why])
    heard = replace(known, deliveries=(*known.deliveries, word))
    assert "draw-goes-on" not in said(heard, "2026-06-12 14:10")


def test_a_word_that_does_not_arrive_goes_by_email() -> None:
    known = told(held=True)
    bounced = replace(known, deliveries=(*known.deliveries, failed("draw-goes-on#12", Channel.SMS, AFTER)))
    assert said(bounced, "2026-06-12 14:06") == "deliver email draw-goes-on#12 2026-06-12 14:06"


@pytest.mark.parametrize("why", SILENT)
def test_nobody_writes_to_the_dead_or_past_a_stop_switch(why: str) -> None:
    assert decide(told(**SILENT[why]), AFTER).kind is ActionKind.WAIT


def test_a_case_that_is_paid_closes_when_the_draw_is_stopped_or_its_word_is_out() -> None:
    paid = UNWANTED["paid by hand"]
    assert decide(case(draw=None, **paid), FRIDAY).kind is ActionKind.CLOSE
    word = sent("draw-goes-on#12", Channel.SMS, AFTER, read=AFTER)
    known = told(**paid)
    assert decide(replace(known, deliveries=(*known.deliveries, word)), SATURDAY).kind is ActionKind.CLOSE


def test_a_case_that_is_paid_closes_where_nobody_can_be_reached_in_time() -> None:
    nobody = tuple(replace(each, usable=False) for each in EVERYWHERE)
    assert decide(told(contacts=nobody, **UNWANTED["paid by hand"]), AFTER).kind is ActionKind.CLOSE
    late = "2026-06-15 23:30"  # the next contact hours come after the draw
    assert decide(told(**UNWANTED["paid by hand"]), late).kind is ActionKind.CLOSE


def test_while_the_debtor_is_paying_nobody_is_told_yet() -> None:
    paying = case(paying_since=local(AFTER) - timedelta(minutes=10))
    assert decide(paying, AFTER).kind is ActionKind.WAIT
    assert decide(replace(paying, paying_since=None), AFTER).kind is not ActionKind.TELL_OF_DRAW


def test_a_draw_of_yesterday_is_not_spoken_of() -> None:
    assert decide(case(held=True), "2026-06-16 09:00") == decide(case(held=True, draw=None), "2026-06-16 09:00")


@pytest.mark.parametrize(
    ("draw", "paid", "right"),
    [
        (PendingDraw(12, Decimal(401), DUE, plan=7, instalment=1), "0", None),
        (PendingDraw(12, Decimal(401), DUE, plan=7, instalment=1), "401", "nothing is owed"),
        (PendingDraw(12, Decimal(401), DUE, plan=7, instalment=1), "200", "only 201 is owed now"),
        (PendingDraw(12, Decimal(401), DUE, plan=7, instalment=2), "0", "it is due on a later day now"),
        (PendingDraw(12, Decimal(401), DUE, plan=8, instalment=1), "0", "another agreement is in force"),
        (PendingDraw(12, Decimal(802), DUE), "0", "another agreement is in force"),
    ],
)
def test_the_draw_of_a_plan_is_of_one_instalment(draw: PendingDraw, paid: str, right: str | None) -> None:
    plan = ActivePlan(7, date(2026, 6, 1), IN_TWO, Decimal(paid))
    known = case(plan=plan, balance=Decimal(802) - Decimal(paid), draw=draw)
    assert against_draw(draw, known, known.due_date, LAW.calendar, local(FRIDAY)) == right


@pytest.mark.parametrize("why", UNWANTED)
def test_a_draw_moves_where_it_is_due_later_and_nothing_else_speaks_against_it(why: str) -> None:
    known = case(**UNWANTED[why])
    draw = known.draw or DRAW
    day = moved_to(draw, known, known.due_date, LAW.calendar, local(FRIDAY))
    assert day == (date(2026, 6, 22) if why in ("due later", "new days after a dispute") else None)


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({}, None),  # on its own day still
        ({"due_date": date(2026, 6, 20)}, date(2026, 6, 22)),  # a Saturday: the banking day after it
        ({"due_date": date(2026, 6, 8)}, None),  # earlier
        ({"due_date": date(2029, 6, 11)}, None),  # too far ahead for the bank
        ({"due_date": date(2026, 6, 22), "held": True, "hold_reason": "asked"}, None),
        ({"due_date": date(2026, 6, 22), "balance": Decimal(300), "principal": Decimal(300)}, None),
    ],
)
def test_a_draw_moves_to_a_banking_day_that_the_bank_takes(changes: dict[str, Any], day: date | None) -> None:
    known = case(**changes)
    assert moved_to(DRAW, known, known.due_date, LAW.calendar, local(FRIDAY)) == day


def test_ahead_a_draw_that_can_be_stopped_is_stopped() -> None:
    ahead = preview(GENTLE, LAW, case(held=True, held_until=local("2026-06-20 09:00")), local(FRIDAY))
    assert ActionKind.TELL_OF_DRAW not in {act.action.kind for act in ahead}
    late = preview(GENTLE, LAW, case(held=True, held_until=local("2026-06-20 09:00")), local(AFTER))
    assert [act.action.kind for act in late][:2] == [ActionKind.TELL_OF_DRAW, ActionKind.DELIVER]


# --- a draw that was taken back ----------------------------------------------------------------------------------


def test_a_draw_that_was_taken_back_is_spoken_of_before_any_reminder() -> None:
    known = facts(INVOICE_READ, DUE_READ, returned_claim=PastEvent("12", local("2026-06-17 08:00")))
    assert said(known, "2026-06-17 08:30") == "deliver email draw-returned#12 2026-06-17 09:00"


def test_the_plans_draw_that_was_taken_back_is_spoken_of_too() -> None:
    plan = ActivePlan(7, date(2026, 6, 1), IN_TWO, Decimal(0))
    confirmed = sent("plan-agreed#7", Channel.EMAIL, "2026-06-01 09:00", read="2026-06-01 10:00")
    known = facts(INVOICE_READ, confirmed, plan=plan, returned_claim=PastEvent("12", local("2026-06-17 08:00")))
    assert said(known, "2026-06-17 09:30") == "deliver email draw-returned#12 2026-06-17 09:30"


def test_a_case_that_was_opened_again_by_it_tells_of_its_new_days_alone() -> None:
    moment = local("2026-06-17 08:00")
    moved = DueMoved("3", moment, payment_returned=True)
    known = facts(INVOICE_READ, returned_claim=PastEvent("12", moment), due_moved=moved, due_date=date(2026, 7, 1))
    assert said(known, "2026-06-17 09:30") == "deliver email due-date-moved#3 2026-06-17 09:30"
    earlier = replace(known, due_moved=replace(moved, at=moment - timedelta(days=1)))
    assert "draw-returned#12" in {decide(earlier, at).step for at in ("2026-06-17 09:30", "2026-06-17 09:31")} | {
        decide(replace(earlier, due_moved=None), "2026-06-17 09:30").step
    }
