"""What happened is spoken of once, kindly and at once, before any reminder; promises and plans are waited for."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.planner.action import ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, DeliveryState, Draw, DueMoved, PastEvent, PendingDraw
from domain.planner.demand import Rider, demand
from domain.planner.effects import ON_PAPER
from domain.planner.occasions import is_occasion, occasion_step, step_named
from domain.planner.planner import next_action
from domain.policy.policy import StepKind
from domain.vocabulary import Channel
from tests.domain.builders import (
    DUE_READ,
    GENTLE,
    INVOICE_READ,
    LAW,
    NOTICE,
    SHIPPED,
    STANDARD,
    TO_NOTICE,
    TO_REMINDER,
    contact,
    decide,
    facts,
    failed,
    known,
    local,
    said,
    sent,
)

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
SERVICE = SHIPPED["no-service"]
IN_THREE = (
    Instalment(1, date(2026, 7, 15), Decimal(267)),
    Instalment(2, date(2026, 8, 17), Decimal(267)),
    Instalment(3, date(2026, 9, 15), Decimal(268)),
)


def in_plan(paid: str = "0", **changes: Any) -> CaseFacts:
    chance = changes.pop("chance_until", None)
    plan = ActivePlan(7, date(2026, 6, 20), IN_THREE, Decimal(paid), chance_until=chance)
    values = {"plan": plan, "balance": Decimal(802) - Decimal(paid)} | changes
    deliveries = values.pop("deliveries", (INVOICE_READ, CONFIRMED))
    return facts(*deliveries, **values)


CONFIRMED = sent("plan-agreed#7", EMAIL, "2026-06-20 09:00", read="2026-06-20 10:00")


# --- I have paid ------------------------------------------------------------------------------------------------

WAIT_OVER = PastEvent("9", local("2026-07-08 09:00"))
ASKED = sent("payment-not-found#9", EMAIL, "2026-07-08 09:00", read="2026-07-08 12:00", deadline=date(2026, 7, 15))


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({"held": True, "held_until": WAIT_OVER.at}, "wait 2026-07-08 09:00"),
        ({}, "deliver email payment-not-found#9 2026-07-08 09:00"),
        ({"bank_data_through": date(2026, 7, 6)}, "deliver email payment-not-found#9 2026-07-08 09:00"),
        ({"money_in_review": date(2026, 7, 7)}, "wait 2026-07-14 09:00"),
        ({"disputed": True}, "wait"),
        ({"balance": Decimal(0), "principal": Decimal(0)}, "close"),
        ({"unfound_payment": None}, "deliver email reminder 2026-07-08 09:00"),  # it came in part, or somebody read it
    ],
)
def test_who_says_that_it_is_paid_is_asked_for_proof_once_nothing_was_found(
    changes: dict[str, Any], right: str
) -> None:
    case = facts(*(INVOICE_READ, DUE_READ), **({"unfound_payment": WAIT_OVER} | changes))
    at = "2026-07-08 08:00" if changes.get("held") else "2026-07-08 09:00"
    assert said(case, at) == right


def test_nobody_is_asked_for_proof_before_the_accounts_were_read() -> None:
    case = facts(INVOICE_READ, DUE_READ, unfound_payment=WAIT_OVER, bank_data_through=date(2026, 7, 3))
    assert said(case, "2026-07-08 09:00").startswith("wait")


def test_nothing_hard_follows_before_the_days_for_an_answer_are_over() -> None:
    asked = facts(*TO_REMINDER, ASKED, unfound_payment=WAIT_OVER)
    action = decide(asked, "2026-07-09 09:00")
    assert action.step == "collection-notice"
    assert action.at is not None
    assert action.at >= local("2026-07-16 09:00")


# --- an objection is answered ------------------------------------------------------------------------------------

REJECTED = {"rejected_dispute": PastEvent("4", local("2026-07-01 11:00")), "not_before": date(2026, 7, 15)}


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, "deliver email dispute-rejected#4 2026-07-01 12:00"),  # at once, whatever else the new days keep back
        ({"contacts": (contact(SMS), contact(LETTER))}, "deliver letter dispute-rejected#4 2026-07-01 12:00"),
        ({"disputed": True}, "wait"),  # a new one stands
        ({"held": True}, "wait"),
        ({"balance": Decimal(0), "principal": Decimal(0)}, "close"),
    ],
)
def test_a_rejected_dispute_is_answered_at_once(changes: dict[str, Any], right: str) -> None:
    assert said(facts(INVOICE_READ, DUE_READ, **REJECTED | changes), "2026-07-01 12:00") == right


def test_a_rejected_dispute_gives_two_weeks_from_its_answer() -> None:
    answered = sent(
        "dispute-rejected#4", EMAIL, "2026-07-02 09:00", read="2026-07-02 10:00", deadline=date(2026, 7, 16)
    )
    action = decide(facts(*TO_REMINDER, answered, **REJECTED), "2026-07-02 11:00")
    assert action.step == "collection-notice"
    assert action.at is not None
    assert action.at >= local("2026-07-17 09:00")
    case = facts(*TO_REMINDER, **REJECTED)
    step = step_named(GENTLE, "dispute-rejected#4")
    asks = demand([Rider(1, GENTLE, LAW, case, step)], EMAIL, local("2026-07-01 12:00"))
    assert (asks.deadline, asks.charge) == (date(2026, 7, 15), None)


# --- a failed draw ----------------------------------------------------------------------------------------------


def test_reminders_wait_while_a_claim_is_pending() -> None:
    pending = facts(INVOICE_READ, claim_due=date(2026, 7, 1))
    assert said(pending, "2026-06-29 09:00") == "deliver email reminder 2026-07-10 09:00"


def test_a_failed_draw_is_spoken_of_at_once_and_the_reminder_waits() -> None:
    case = facts(INVOICE_READ, failed_claim=PastEvent("12", local("2026-06-29 08:00")))
    assert said(case, "2026-06-29 08:30") == "deliver email failed-draw#12 2026-06-29 09:00"
    told = facts(
        INVOICE_READ,
        sent("failed-draw#12", EMAIL, "2026-06-29 09:00", read="2026-06-29 12:00"),
        failed_claim=PastEvent("12", local("2026-06-29 08:00")),
    )
    assert said(told, "2026-06-29 13:00") == "deliver email reminder 2026-07-04 09:00"


def test_a_failed_draw_that_nobody_reads_by_email_goes_by_sms() -> None:
    case = facts(
        INVOICE_READ,
        failed("failed-draw#12", EMAIL, "2026-06-22 09:00"),
        failed_claim=PastEvent("12", local("2026-06-22 08:00")),
    )
    assert said(case, "2026-06-22 09:01") == "deliver sms failed-draw#12 2026-06-22 09:01"


HELD_FOR_WEEKS = ((local("2026-07-02 09:00"), local("2026-08-03 09:00")),)


@pytest.mark.parametrize(
    ("happened", "stood_still", "right"),
    [
        (REJECTED, HELD_FOR_WEEKS, "dispute-rejected#4"),
        (REJECTED, (), "collection-notice"),  # for a month nobody could be reached: it would only confuse
        (
            REJECTED,
            ((local("2026-07-20 09:00"), local("2026-08-03 09:00")),),
            "collection-notice",
        ),  # held after its week
        (
            REJECTED,
            ((local("2026-07-02 09:00"), local("2026-07-10 09:00")),),
            "collection-notice",
        ),  # and over for weeks
        (
            REJECTED,
            (
                (local("2026-07-02 09:00"), local("2026-07-10 09:00")),
                (local("2026-07-11 09:00"), local("2026-08-03 09:00")),
            ),
            "dispute-rejected#4",
        ),  # one pause after the other
        ({"abandoned_payment": PastEvent("a-1", local("2026-07-01 12:00"))}, HELD_FOR_WEEKS, "collection-notice"),
    ],
)
def test_what_the_debtor_is_owed_is_said_after_what_held_it_back(
    happened: dict[str, Any], stood_still: Any, right: str
) -> None:
    case = facts(*TO_REMINDER, stood_still=stood_still, **happened)
    assert decide(case, "2026-08-03 10:00").step == right


def test_an_answer_that_was_held_back_gives_its_days_from_when_it_is_given() -> None:
    case = facts(*TO_REMINDER, stood_still=HELD_FOR_WEEKS, **REJECTED)
    step = step_named(GENTLE, "dispute-rejected#4")
    asks = demand([Rider(1, GENTLE, LAW, case, step)], EMAIL, local("2026-08-03 10:00"))
    assert asks.deadline == date(2026, 8, 17)


def test_what_happened_more_than_a_week_ago_is_not_spoken_of() -> None:
    case = facts(INVOICE_READ, failed_claim=PastEvent("12", local("2026-06-20 08:00")))
    assert said(case, "2026-06-29 09:00") == "deliver email reminder 2026-06-29 09:00"


def test_a_payment_that_was_given_up_gets_another_way_to_pay() -> None:
    case = facts(INVOICE_READ, abandoned_payment=PastEvent("a-1", local("2026-06-15 12:00")))
    assert said(case, "2026-06-15 13:00") == "deliver email payment-abandoned#a-1 2026-06-15 13:00"


@pytest.mark.parametrize(
    ("asked", "leaves"),
    [
        (
            "2026-06-15 08:01",
            "deliver sms payment-link#9 2026-06-15 08:01",
        ),  # people may be called: it waits for no 09:00
        ("2026-06-15 20:59", "deliver sms payment-link#9 2026-06-15 20:59"),
        ("2026-06-20 10:00", "deliver sms payment-link#9 2026-06-20 10:00"),  # a Saturday
        ("2026-06-15 07:30", "deliver sms payment-link#9 2026-06-15 08:00"),  # they called us, and too early
    ],
)
def test_the_way_to_pay_leaves_while_the_debtor_is_on_the_phone(asked: str, leaves: str) -> None:
    assert said(facts(INVOICE_READ, link_asked=PastEvent("9", local(asked))), asked) == leaves


def test_a_statement_that_was_asked_for_leaves_once_and_soon() -> None:
    case = facts(INVOICE_READ, statement_asked=PastEvent("9", local("2026-06-15 12:00")))
    assert said(case, "2026-06-15 13:00") == "deliver email statement#9 2026-06-15 13:00"
    told = sent("statement#9", EMAIL, "2026-06-15 13:00", read="2026-06-15 14:00")
    assert "statement" not in said(replace(case, deliveries=(INVOICE_READ, told)), "2026-06-15 15:00")
    assert "statement" not in said(case, "2026-06-23 09:00")


def test_a_mandate_that_stays_pending_is_spoken_of_once_after_three_days() -> None:
    wish = PastEvent("5", local("2026-06-02 20:00"))
    case = facts(INVOICE_READ, pending_mandate=wish)
    assert said(case, "2026-06-02 21:00") == "deliver email mandate-pending#5-20260602 2026-06-05 09:00"
    assert "mandate-pending" not in said(replace(case, pending_mandate=None), "2026-06-05 09:00")
    word = sent("mandate-pending#5-20260602", EMAIL, "2026-06-05 09:00", read="2026-06-05 10:00")
    told = replace(case, deliveries=(INVOICE_READ, word))
    assert "mandate-pending" not in said(told, "2026-06-05 11:00")
    anew = replace(told, pending_mandate=replace(wish, at=local("2026-06-08 08:00")))  # after it had ended
    assert said(anew, "2026-06-11 10:00") == "deliver email mandate-pending#5-20260608 2026-06-11 10:00"


def test_nothing_is_spoken_of_while_disputed_or_held() -> None:
    happened = {"failed_claim": PastEvent("12", local("2026-06-29 08:00"))}
    assert decide(facts(INVOICE_READ, disputed=True, **happened), "2026-06-29 09:00").kind is ActionKind.WAIT
    assert decide(facts(INVOICE_READ, held=True, **happened), "2026-06-29 09:00").kind is ActionKind.WAIT


def test_an_occasion_is_a_step_that_no_policy_writes() -> None:
    assert is_occasion("failed-draw#12")
    assert not is_occasion("reminder")
    assert step_named(GENTLE, "promise-broken#3").message == "promise-broken"
    with pytest.raises(KeyError, match="reminder"):
        occasion_step("reminder")


# --- a promise --------------------------------------------------------------------------------------------------


def promised(paid: str = "0", **changes: Any) -> CaseFacts:
    promise = Promise(3, date(2026, 7, 3), Decimal(802), date(2026, 6, 20), Decimal(paid))
    return facts(INVOICE_READ, promises=(promise,), **changes)


def test_a_promise_holds_the_case_through_its_day() -> None:
    assert said(promised(), "2026-06-29 09:00") == "wait 2026-07-04 09:00"


def test_a_broken_promise_gets_a_kind_note_the_next_banking_day_and_the_reminder_follows_days_later() -> None:
    assert said(promised(), "2026-07-04 09:00") == "deliver email promise-broken#3 2026-07-06 09:00"
    told = facts(
        INVOICE_READ,
        sent("promise-broken#3", EMAIL, "2026-07-06 09:00", read="2026-07-06 10:00"),
        promises=promised().promises,
    )
    assert said(told, "2026-07-06 11:00") == "deliver email reminder 2026-07-11 09:00"


def test_no_promise_is_called_broken_on_old_bank_data() -> None:
    stale = decide(promised(bank_data_through=date(2026, 7, 2)), "2026-07-04 09:00")
    assert (stale.kind, stale.flag) == (ActionKind.WAIT, "bank data stale")


def test_a_kept_promise_is_followed_by_what_is_left() -> None:
    assert said(promised(paid="802"), "2026-07-06 09:00") == "deliver email reminder 2026-07-06 09:00"


# --- an instalment plan -----------------------------------------------------------------------------------------


def test_a_plan_is_confirmed_in_writing() -> None:
    assert said(in_plan(deliveries=(INVOICE_READ,)), "2026-06-20 10:00") == (
        "deliver email plan-agreed#7 2026-06-20 10:00"
    )


def test_each_instalment_is_reminded_of_three_days_before() -> None:
    assert said(in_plan(), "2026-06-29 09:00") == "deliver email instalment-due#7-1 2026-07-13 08:00"  # a Sunday
    assert said(in_plan(paid="267"), "2026-07-16 09:00") == "deliver email instalment-due#7-2 2026-08-14 09:00"


def test_the_policy_rests_while_the_plan_is_kept() -> None:
    reminded = (INVOICE_READ, CONFIRMED, sent("instalment-due#7-1", EMAIL, "2026-07-13 09:00", read="2026-07-13 10:00"))
    assert said(in_plan(paid="267", deliveries=reminded), "2026-07-20 09:00").startswith(
        "deliver email instalment-due#7-2"
    )


def test_a_missed_instalment_gives_one_chance_with_a_deadline() -> None:
    assert said(in_plan(), "2026-07-21 09:00") == "deliver email plan-broken#7 2026-07-21 09:00"


def test_a_missed_instalment_is_certain_only_on_bank_data_of_its_grace() -> None:
    stale = decide(in_plan(bank_data_through=date(2026, 7, 19)), "2026-07-21 09:00")
    assert (stale.kind, stale.flag) == (ActionKind.WAIT, "bank data stale")


def test_a_plan_whose_chance_is_missed_too_ends() -> None:
    told = sent("plan-broken#7", EMAIL, "2026-07-21 09:00", read="2026-07-21 10:00", deadline=date(2026, 7, 28))
    case = in_plan(deliveries=(INVOICE_READ, CONFIRMED, told), chance_until=date(2026, 7, 28))
    assert decide(case, "2026-07-30 09:00").kind is ActionKind.WAIT
    assert said(case, "2026-08-03 09:00") == "end plan 2026-08-03 09:00"


@pytest.mark.parametrize("paid", ["760", "801.99"])
def test_a_plan_that_is_short_by_no_more_than_is_tolerated_ends_as_kept(paid: str) -> None:
    case, tolerant = in_plan(paid=paid), replace(GENTLE, ignore_balance_below=Decimal(0), tolerance=Decimal(50))
    action = decide(case, "2026-10-01 09:00", tolerant)
    assert (action.kind, action.kept) == (ActionKind.END_PLAN, True)
    after = ON_PAPER[action.kind](case, action, LAW, local("2026-10-01 09:00"))
    assert (after.plan, after.round) == (None, case.round)


def test_a_plan_that_is_broken_begins_a_new_round_on_paper() -> None:
    told = sent("plan-broken#7", EMAIL, "2026-07-21 09:00", read="2026-07-21 10:00", deadline=date(2026, 7, 28))
    case = in_plan(deliveries=(INVOICE_READ, CONFIRMED, told), chance_until=date(2026, 7, 28))
    action = decide(case, "2026-08-03 09:00")
    after = ON_PAPER[action.kind](case, action, LAW, local("2026-08-03 09:00"))
    assert (action.kept, after.plan, after.round) == (False, None, case.round + 1)


def test_nobody_to_tell_of_the_chance_still_ends_the_plan_in_time() -> None:
    unreachable = tuple(contact(channel, usable=False) for channel in (EMAIL, SMS, LETTER))
    case = in_plan(contacts=unreachable)
    assert decide(case, "2026-08-03 09:00").kind in (ActionKind.END_PLAN, ActionKind.WAIT)
    at, now = None, local("2026-07-21 09:00")
    for _ in range(20):
        action = next_action(GENTLE, LAW, case, now)
        if action.kind is ActionKind.END_PLAN:
            break
        at = action.at
        assert at is not None
        now = max(at, now + timedelta(hours=1))
    assert action.kind is ActionKind.END_PLAN


# --- a part of the claim is disputed ----------------------------------------------------------------------------


def test_the_undisputed_part_goes_on() -> None:
    assert said(facts(INVOICE_READ, disputed_amount=Decimal(300)), "2026-06-29 09:00") == (
        "deliver email reminder 2026-06-29 09:00"
    )


def test_when_only_the_disputed_part_is_left_everything_waits() -> None:
    waits = decide(facts(INVOICE_READ, balance=Decimal(300), disputed_amount=Decimal(300)), "2026-06-29 09:00")
    assert (waits.kind, waits.flag) == (ActionKind.WAIT, "disputed")


def test_nothing_is_handed_off_while_a_part_is_disputed() -> None:
    waits = decide(facts(*TO_NOTICE, disputed_amount=Decimal(300), approval="approved"), "2026-08-12 09:00")
    assert (waits.kind, waits.flag) == (ActionKind.WAIT, "disputed")


# --- money in review --------------------------------------------------------------------------------------------


def test_money_that_may_be_for_the_case_pauses_it_for_five_banking_days() -> None:
    case = facts(INVOICE_READ, money_in_review=date(2026, 6, 26))
    assert said(case, "2026-06-29 09:00") == "wait 2026-07-03 09:00"
    assert said(case, "2026-07-03 09:00") == "deliver email reminder 2026-07-03 09:00"


# --- a service --------------------------------------------------------------------------------------------------

WARNED = (
    INVOICE_READ,
    sent("reminder", EMAIL, "2026-06-29 09:00", read="2026-06-29 12:00"),
    sent("block-warning", LETTER, "2026-07-17 09:00", posted_on=date(2026, 7, 17), deadline=date(2026, 8, 20)),
    sent("block-warning", EMAIL, "2026-07-17 09:01", alert=True),
    sent("block-warning", SMS, "2026-07-17 09:02", alert=True),
)
CALLED = {"tasks": frozenset({("call", "call")})}


def test_a_service_is_blocked_after_the_warnings_deadline() -> None:
    assert said(facts(*WARNED, **CALLED), "2026-08-27 09:00", SERVICE) == "block service block 2026-08-27 09:00"


def test_a_service_is_never_blocked_without_a_warning_that_arrived() -> None:
    assert decide(facts(), "2026-09-01 09:00", SERVICE).kind is not ActionKind.BLOCK_SERVICE
    returned = failed("block-warning", LETTER, "2026-07-17 09:00")
    case = facts(INVOICE_READ, returned, **CALLED)
    assert decide(case, "2026-09-10 09:00", SERVICE).kind is not ActionKind.BLOCK_SERVICE


def test_a_blocked_service_is_blocked_once_and_the_notice_follows() -> None:
    after = decide(facts(*WARNED, blocked=True, **CALLED), "2026-08-27 10:00", SERVICE)
    assert after.step == "collection-notice"


def test_a_service_is_not_blocked_while_a_part_is_disputed() -> None:
    waits = decide(facts(*WARNED, disputed_amount=Decimal(100), **CALLED), "2026-08-27 09:00", SERVICE)
    assert (waits.kind, waits.flag) == (ActionKind.WAIT, "disputed")


# --- interest ---------------------------------------------------------------------------------------------------


def test_interest_that_an_earlier_payment_shows_never_ran_is_taken_back() -> None:
    changes = ((date(2026, 6, 1), Decimal(10000)), (date(2026, 6, 14), Decimal(-10000)))
    case = facts(
        *TO_REMINDER,
        NOTICE,
        balance=Decimal(50),
        principal=Decimal(0),
        interest_charged=Decimal(50),
        interest_through=date(2026, 7, 20),
        principal_changes=changes,
    )
    assert said(case, "2026-07-25 09:00", STANDARD) == "take back interest 2026-07-25 09:00"


def test_interest_that_ran_stands() -> None:
    case = facts(
        *TO_REMINDER,
        NOTICE,
        interest_charged=Decimal("9.34"),
        interest_through=date(2026, 7, 20),
        principal_changes=((date(2026, 6, 1), Decimal(802)),),
    )
    assert decide(case, "2026-07-25 09:00", STANDARD).kind is not ActionKind.TAKE_BACK_INTEREST


def test_a_step_of_a_block_is_no_message() -> None:
    assert SERVICE.steps[SERVICE.index["block"]].kind is StepKind.BLOCK


# --- a draw that the bank does not tell of -------------------------------------------------------------------------

DRAW = Draw(Decimal(802), date(2026, 6, 15))
UNTOLD = PendingDraw(12, DRAW.amount, DRAW.day, sent_at=local("2026-06-09 11:00"), ours_to_tell=True)
TOLD = sent("invoice", EMAIL, "2026-06-01 09:00", read="2026-06-01 10:00", draw=DRAW)


@pytest.mark.parametrize(
    ("at", "known", "announced"),
    [
        ("2026-06-09 11:30", {}, True),
        ("2026-06-09 11:30", {"draw": replace(UNTOLD, ours_to_tell=False)}, False),
        ("2026-06-09 11:30", {"draw": replace(UNTOLD, sent_at=None)}, False),
        ("2026-06-09 11:30", {"deliveries": (TOLD,)}, False),
        ("2026-06-09 11:30", {"deliveries": (replace(TOLD, state=DeliveryState.FAILED),)}, True),
        ("2026-06-09 11:30", {"deliveries": (replace(TOLD, draw=replace(DRAW, day=date(2026, 6, 12))),)}, True),
        ("2026-06-09 11:30", {"deliveries": (replace(TOLD, draw=replace(DRAW, amount=Decimal(800))),)}, True),
        ("2026-06-09 11:30", {"deliveries": ()}, False),  # the invoice will say it itself
        ("2026-06-11 11:30", {"deliveries": (), "contacts": (contact(SMS),)}, True),  # where it does not come
        ("2026-06-15 11:30", {}, True),
        ("2026-06-16 11:30", {}, False),
        ("2026-06-09 11:30", {"held": True}, False),
        ("2026-06-09 11:30", {"disputed": True}, False),
        ("2026-06-09 11:30", {"life": (known("deceased"),)}, False),
        ("2026-06-09 11:30", {"draw": replace(UNTOLD, mandate_stands=False)}, False),
        ("2026-06-09 11:30", {"promises": (Promise(1, DRAW.day, Decimal(802), DRAW.day, Decimal(0)),)}, False),
    ],
)
def test_a_draw_that_the_bank_does_not_tell_of_is_told_by_us_once(
    at: str, known: dict[str, Any], *, announced: bool
) -> None:
    values = {"draw": UNTOLD, "claim_due": DRAW.day} | known
    case = facts(*values.pop("deliveries", (INVOICE_READ,)), **values)
    action = decide(case, at)
    assert (action.step == "draw-announced#12" and action.is_due(local(at))) is announced


def test_the_word_of_a_draw_goes_by_sms_where_its_email_is_not_read() -> None:
    word = sent("draw-announced#12", EMAIL, "2026-06-09 11:30", draw=DRAW)
    case = facts(INVOICE_READ, word, draw=UNTOLD, claim_due=DRAW.day)
    assert said(case, "2026-06-10 12:00") == "deliver sms draw-announced#12 2026-06-10 12:00"
    heard = replace(word, read_at=local("2026-06-09 12:00"))
    assert "draw-announced" not in said(facts(INVOICE_READ, heard, draw=UNTOLD, claim_due=DRAW.day), "2026-06-10 12:00")


# --- a draw that was told of and will not be -------------------------------------------------------------------------

MANUAL = {"balance": Decimal(502), "principal": Decimal(502)}  # a part was paid by hand


@pytest.mark.parametrize(
    ("at", "known", "called_off"),
    [
        ("2026-06-03 11:30", {"drawable": False}, True),  # the mandate has ended
        ("2026-06-03 11:30", {"drawable": True}, False),  # a claim is still to be made
        ("2026-06-11 15:00", {"drawable": True}, False),  # or was, in today's files
        ("2026-06-12 09:00", {"drawable": True}, True),  # too late for another one
        ("2026-06-12 09:00", {"drawable": True, "due_date": date(2026, 6, 29)}, False),
        ("2026-06-12 09:00", {"drawable": True} | MANUAL, True),
        ("2026-06-12 09:00", {"claim_due": DRAW.day, "draw": PendingDraw(12, DRAW.amount, DRAW.day)}, False),
        ("2026-06-12 09:00", {"claim_due": DRAW.day}, False),  # it is being taken back
        ("2026-06-15 09:00", {}, True),
        ("2026-06-16 09:00", {}, False),
        ("2026-06-12 09:00", {"held": True}, False),
        ("2026-06-12 09:00", {"disputed": True}, False),
        ("2026-06-12 09:00", {"promises": (Promise(1, DRAW.day, Decimal(802), DRAW.day, Decimal(0)),)}, False),
        ("2026-06-12 09:00", {"plan": ActivePlan(7, date(2026, 6, 1), IN_THREE, Decimal(0))}, False),
        ("2026-06-12 09:00", {"due_moved": DueMoved("3", local("2026-06-11 09:00"))}, False),  # that has a slip
        ("2026-06-12 09:00", {"deliveries": (INVOICE_READ,)}, False),
        ("2026-06-12 09:00", {"deliveries": (replace(TOLD, state=DeliveryState.FAILED),)}, False),
        ("2026-06-12 09:00", {"balance": Decimal(0), "principal": Decimal(0)}, False),
    ],
)
def test_a_draw_that_was_told_of_and_will_not_be_is_called_off(
    at: str, known: dict[str, Any], *, called_off: bool
) -> None:
    values = dict(known)
    case = facts(*values.pop("deliveries", (TOLD,)), **values)
    action = decide(case, at)
    assert (action.step == "draw-called-off#2026-06-15" and action.is_due(local(at))) is called_off


@pytest.mark.parametrize(
    ("at", "deadline"), [("2026-06-03 11:30", date(2026, 6, 15)), ("2026-06-12 11:30", date(2026, 6, 19))]
)
def test_what_is_called_off_is_paid_by_its_due_date_and_not_before_a_week(at: str, deadline: date) -> None:
    step = step_named(GENTLE, "draw-called-off#2026-06-15")
    asks = demand([Rider(1, GENTLE, LAW, facts(TOLD), step)], EMAIL, local(at))
    assert asks.deadline == deadline
    assert asks.cases[0].draw is None
