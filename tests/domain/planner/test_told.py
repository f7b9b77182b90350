"""What was told is what holds: printed deadlines are kept, and nothing hard is the first word about a claim."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.life_events import LifeEvent
from domain.parties.speakers import Asker, addressee_of
from domain.parties.standing import standing_of
from domain.planner import told
from domain.planner.case_facts import AlreadySent, CaseFacts, Delivery, DeliveryState, DueMoved
from domain.planner.demand import Rider, demand, fee_to_charge
from domain.planner.occasions import step_named
from domain.planner.preview import Outcome, preview
from domain.planner.send_now import refusal
from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from tests.domain.builders import (
    A_CHILD,
    COPIES,
    DUE,
    DUE_READ,
    EVERYWHERE,
    GENTLE,
    INVOICE_READ,
    LAW,
    NOTICE,
    REMINDED,
    SHIPPED,
    STANDARD,
    TO_NOTICE,
    contact,
    decide,
    facts,
    failed,
    in_oslo,
    known,
    local,
    policy,
    said,
    sent,
)

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
SERVICE = SHIPPED["no-service"]


# --- a printed deadline is kept ---------------------------------------------------------------------------------

# Pinned by cases that began before `policy check` refused it: the fee's day does not follow from the nudge's deadline.
BY_THE_DUE_DATE = replace(
    STANDARD,
    steps=tuple(
        replace(step, at=replace(step.at, base=GENTLE.steps[2].at.base, step=None, days=14, banking=False))
        if step.id == "reminder"
        else step
        for step in STANDARD.steps
    ),
)
NUDGED = sent("friendly-reminder", EMAIL, "2026-06-22 09:00", deadline=date(2026, 6, 29))
NUDGED_AGAIN = sent("friendly-reminder", SMS, "2026-06-24 09:00", deadline=date(2026, 7, 1))


def test_a_fee_waits_for_the_deadline_that_the_nudges_sms_printed() -> None:
    case = facts(INVOICE_READ, DUE_READ, NUDGED, NUDGED_AGAIN)
    assert said(case, "2026-06-29 09:00", BY_THE_DUE_DATE) == "deliver letter reminder 2026-07-02 09:00"
    assert decide(case, "2026-06-29 09:00", BY_THE_DUE_DATE).why == "the debtor was given until 2026-07-01"


def test_a_step_that_counts_from_a_deadline_keeps_its_days_for_money_after_every_other_one() -> None:
    joint = sent("due-date-reminder", SMS, "2026-07-01 09:00", deadline=date(2026, 7, 20), read="2026-07-01 10:00")
    case = facts(INVOICE_READ, REMINDED, joint)
    assert said(case, "2026-07-02 09:00") == "deliver letter collection-notice 2026-07-27 09:00"


def test_a_deadline_of_an_earlier_round_is_kept_in_the_next() -> None:
    before = replace(REMINDED, deadline=date(2026, 8, 3))
    case = facts(INVOICE_READ, before, round=2, skipped=frozenset({"reminder"}))
    assert said(case, "2026-07-20 09:00") == "deliver letter collection-notice 2026-08-10 09:00"


def test_even_a_person_cannot_ask_for_a_hard_step_inside_a_printed_deadline() -> None:
    case = facts(INVOICE_READ, DUE_READ, NUDGED, NUDGED_AGAIN, send_now=frozenset({"reminder"}))
    assert said(case, "2026-06-26 09:00", STANDARD) == "deliver letter reminder 2026-07-02 09:00"


def test_a_kind_free_word_may_come_inside_a_deadline_and_never_shortens_it() -> None:
    plan = policy("""
  - {id: reminder, at: due date + 3 days, reach: [letter], deadline: 14 days}
  - {id: once-more, message: reminder, at: due date + 9 days, reach: [email], deadline: 3 days}
""")
    letter = sent("reminder", LETTER, "2026-06-18 09:00", posted_on=date(2026, 6, 18), deadline=date(2026, 7, 9))
    case = facts(INVOICE_READ, letter)
    assert said(case, "2026-06-19 09:00", plan) == "deliver email once-more 2026-06-24 09:00"
    step, day = plan.steps[1], date(2026, 6, 24)
    assert told.deadline_to_print(plan, LAW, case, step, sent=day, arrives=day) == date(2026, 7, 9)
    assert told.deadline_to_print(plan, LAW, facts(), step, sent=day, arrives=day) == date(2026, 6, 29)


PROOF = sent("payment-not-found#9", EMAIL, "2026-06-25 09:00", deadline=date(2026, 7, 6))
ANSWER = sent("dispute-rejected#4", EMAIL, "2026-06-25 09:00", deadline=date(2026, 7, 6))
OF_THE_PLAN = sent("first", EMAIL, "2026-06-18 09:00", read="2026-06-18 10:00", deadline=date(2026, 7, 6))
WORDS = """
  - {id: invoice, at: issue date, message: invoice, reach: [email]}
  - {id: due, at: due date, message: due-date-reminder, reach: [email]}
  - {id: first, message: reminder, at: due date + 3 days, reach: [email, letter], read_within: 2 days, deadline: 14 days}
  - {id: own, FORM, at: due date + 14 days, reach: [letter], deadline: 14 days}
"""


def pinned(form: str) -> Policy:
    """A plan as a case may have it that began before `policy check` asked for days that follow from deadlines."""
    return load_policy(
        f"name: test\ncountry: NO\nsteps:{WORDS.replace('FORM', form)}", "test.yaml", {"NO": LAW}, on=None
    )


@pytest.mark.parametrize(
    ("form", "before", "day"),
    [
        ("message: reminder", OF_THE_PLAN, "2026-06-29"),  # a kind word more shortens nothing
        ("message: reminder", PROOF, "2026-07-07"),  # what was answered to the debtor holds
        ("message: reminder", ANSWER, "2026-07-07"),
        ("message: reminder, tone: neutral", OF_THE_PLAN, "2026-07-07"),
        ("message: reminder, tone: firm", PROOF, "2026-07-07"),
        ("message: reminder, fee: statutory", OF_THE_PLAN, "2026-07-07"),
        ("message: reminder, fee: statutory", ANSWER, "2026-07-07"),
        ("message: block-warning", PROOF, "2026-07-07"),
    ],
)
def test_what_the_debtor_was_given_holds_for_every_step_but_kind_words_within_the_plans_own(
    form: str, before: Delivery, day: str
) -> None:
    plan = pinned(form)
    said_before = () if before is OF_THE_PLAN else (sent("first", EMAIL, "2026-06-18 09:00", read="2026-06-18 10:00"),)
    case = facts(INVOICE_READ, *said_before, before, contacts=(contact(EMAIL), contact(LETTER)))
    at = next(act.at for act in preview(plan, LAW, case, local("2026-06-26 09:00")) if act.action.step == "own")
    assert in_oslo(at)[:10] == day


def test_neither_the_invoice_nor_the_word_on_the_due_date_waits_for_an_answers_days() -> None:
    plan = pinned("message: reminder")
    early = sent("payment-not-found#9", EMAIL, "2026-06-10 09:00", deadline=date(2026, 6, 20))
    assert said(facts(INVOICE_READ, early), "2026-06-12 09:00", plan) == "deliver email due 2026-06-15 09:00"


def test_what_is_left_of_a_step_waits_for_the_days_of_an_answer_that_came_between() -> None:
    plan = pinned("message: reminder")
    begun = sent("first", EMAIL, "2026-06-18 09:00")
    case = facts(INVOICE_READ, begun, PROOF, contacts=(contact(EMAIL), contact(LETTER)))
    assert "07-07" in said(case, "2026-06-26 09:00", plan)


def test_a_reminder_letter_that_comes_back_does_not_bring_the_notice_forward() -> None:
    email = sent("reminder", EMAIL, "2026-06-29 09:00", deadline=date(2026, 7, 13))
    letter = sent("reminder", LETTER, "2026-07-03 09:00", posted_on=date(2026, 7, 3), deadline=date(2026, 7, 24))
    stands = facts(INVOICE_READ, DUE_READ, email, letter, contacts=(contact(EMAIL), contact(LETTER)))
    planned = said(stands, "2026-07-10 09:00")
    assert planned == "deliver letter collection-notice 2026-07-31 09:00"
    returned = replace(letter, state=DeliveryState.FAILED)
    back = replace(stands, deliveries=(INVOICE_READ, DUE_READ, email, returned))
    assert said(back, "2026-07-15 09:00") == planned


def test_a_notice_that_came_back_holds_nothing_up() -> None:
    void = failed("collection-notice", LETTER, "2026-07-20 09:00", deadline=date(2026, 8, 7))
    case = facts(INVOICE_READ, DUE_READ, REMINDED, void, round=2)
    assert said(case, "2026-07-27 09:00") == "deliver letter collection-notice 2026-07-27 09:00"


@given(
    plan=st.sampled_from([*SHIPPED.values(), BY_THE_DUE_DATE]),
    due=st.dates(date(2026, 1, 15), date(2028, 12, 31)),
    channels=st.sets(st.sampled_from([EMAIL, SMS, LETTER]), min_size=1),
    reads=st.sampled_from([None, EMAIL, SMS]),
)
def test_no_previewed_act_that_costs_comes_before_any_deadline_is_past(
    plan: Policy, due: date, channels: set[Channel], reads: Channel | None
) -> None:
    case = facts(
        contacts=tuple(map(contact, sorted(channels))), issue_date=due - timedelta(days=14), due_date=due,
        balance=Decimal(9000), principal=Decimal(9000),
    )  # fmt: skip
    given: list[tuple[str, date]] = []
    heard = False
    begin = LAW.calendar.at(case.issue_date, local("2026-06-01 00:00").time())
    for act in preview(plan, LAW, case, begin, Outcome(reads=reads)):
        day, step = LAW.calendar.local_date(act.at), act.action.step or ""
        hard = act.fee or act.action.kind in ("hand off", "block service") or step == "collection-notice"
        if hard and not act.action.alert:
            assert heard
            assert all(day > until for other, until in given if other != step), (act, given)
        heard = heard or act.action.kind == "deliver"
        if act.deadline:
            given.append((step, act.deadline))


# --- nothing hard is the first word -----------------------------------------------------------------------------

LATE: dict[str, Any] = {"issue_date": date(2026, 5, 1), "due_date": date(2026, 5, 15)}


@pytest.mark.parametrize("plan", SHIPPED.values(), ids=lambda plan: plan.name)
def test_an_old_invoice_begins_with_a_free_reminder_whatever_the_plan(plan: Policy) -> None:
    late = facts(**LATE)
    action = decide(late, "2026-07-14 10:00", plan)
    assert action.kind == "deliver"
    assert (action.step or "").partition("#")[0] in ("reminder", "first-reminder", "last-reminder")
    for step in plan.steps:
        assert fee_to_charge(plan, LAW, late, step, date(2026, 7, 14)) == 0


NOTICE_ALONE = policy("""
  - {id: collection-notice, at: due date + 14 days, kind: collection notice, send: [letter], deadline: 14 days}
""")


def test_a_plan_without_words_before_its_notice_gets_a_free_reminder_and_its_full_deadline() -> None:
    case = facts()
    assert said(case, "2026-06-29 09:00", NOTICE_ALONE) == "deliver email first-reminder#1 2026-06-29 09:00"
    email = sent("first-reminder#1", EMAIL, "2026-06-29 09:00", deadline=date(2026, 7, 13))
    assert said(facts(email), "2026-06-29 09:01", NOTICE_ALONE) == "deliver sms first-reminder#1 2026-07-01 09:00"
    read = replace(email, read_at=local("2026-06-29 12:00"))
    assert said(facts(read), "2026-06-30 09:00", NOTICE_ALONE) == "deliver letter collection-notice 2026-07-14 09:00"


SMS_BETWEEN = policy("""
  - {id: first, at: due date + 2 days, message: reminder, tone: kind, send: [email], deadline: 14 days}
  - {id: second, at: due date + 6 days, message: reminder, tone: kind, send: [sms], deadline: 3 days}
  - {id: third, at: second deadline + 12 banking days, message: reminder, fee: statutory, send: [letter], deadline: 14 days}
""")


@pytest.mark.parametrize("day", ["2026-06-17", "2026-06-20", "2026-06-22", "2026-07-01", "2026-07-16"])
def test_the_free_reminder_before_a_hard_step_comes_at_the_same_moment_whenever_one_looks(day: str) -> None:
    """The second step reaches nobody by SMS, and the third waits for the days after the deadline that the first one gave."""
    first = sent("first", EMAIL, "2026-06-17 09:00", deadline=date(2026, 7, 1))
    case = facts(INVOICE_READ, first, contacts=(contact(EMAIL), contact(LETTER)))
    assert said(case, f"{day} 10:00", SMS_BETWEEN) == "deliver email first-reminder#1 2026-07-17 09:00"


def test_a_first_reminder_that_nobody_gets_asks_for_an_address_and_comes_before_the_notice_again() -> None:
    nowhere = failed("first-reminder#1", EMAIL, "2026-06-29 09:00")
    case = facts(nowhere, contacts=(contact(EMAIL, usable=False),))
    assert said(case, "2026-06-29 09:01", NOTICE_ALONE) == "open address task collection-notice 2026-06-29 09:01"
    found = replace(case, contacts=(contact(EMAIL),), tasks=frozenset({("address", "collection-notice")}))
    assert said(found, "2026-09-14 09:00", NOTICE_ALONE) == "new round collection-notice 2026-09-14 09:00"
    anew = replace(found, round=2, tasks=frozenset())
    assert said(anew, "2026-09-14 09:00", NOTICE_ALONE) == "deliver email first-reminder#2 2026-09-14 09:00"


def test_an_address_found_late_begins_with_kind_words() -> None:
    unknown = facts(contacts=(), tasks=frozenset({("address", "collection-notice")}))
    assert decide(unknown, "2026-07-20 09:00").flag == "no address"
    found = replace(unknown, contacts=EVERYWHERE)
    assert said(found, "2026-09-01 09:00") == "deliver email reminder 2026-09-01 09:00"
    soon = facts(contacts=EVERYWHERE)
    assert said(soon, "2026-06-16 12:00") == "deliver email invoice 2026-06-16 12:00"


def test_a_case_released_from_a_long_hold_hears_a_free_word_before_its_notice() -> None:
    case = facts(INVOICE_READ, DUE_READ)
    assert said(case, "2026-09-01 10:00") == "deliver email reminder 2026-09-01 10:00"
    assert said(case, "2026-09-01 10:00", STANDARD) == "deliver email first-reminder#1 2026-09-01 10:00"


def test_a_copy_and_a_message_that_failed_are_no_word() -> None:
    for nothing in (failed("invoice", EMAIL, "2026-06-01 09:00"), sent("invoice", SMS, "2026-06-01 09:00", alert=True)):
        assert decide(facts(nothing), "2026-06-29 09:00", NOTICE_ALONE).step == "first-reminder#1"


# --- who stands in has heard nothing of what went to the debtor --------------------------------------------------

GURI = (known("guardian", "Guri Verge"),)
PER = (known("represented", "Per Rådgiver"),)
HERS = tuple(replace(each, of_representative=True) for each in EVERYWHERE)


def to(addressee: Asker | None, *deliveries: Delivery, **changes: Any) -> tuple[Delivery, ...]:
    """The same messages, as they went to somebody."""
    return tuple(replace(each, addressee=addressee, **changes) for each in deliveries)


@pytest.mark.parametrize("life", [GURI, PER, A_CHILD])
def test_a_fee_comes_after_a_free_word_to_who_stands_in_now(life: tuple[LifeEvent, ...]) -> None:
    heard = facts(INVOICE_READ, DUE_READ, contacts=HERS)
    assert decide(heard, "2026-07-06 09:00", STANDARD).step != "first-reminder#1"
    (who,) = {addressee_of(standing_of(life, DUE, LAW))}
    case = replace(heard, life=life, contacts=EVERYWHERE if life is A_CHILD else HERS)
    first = decide(case, "2026-07-20 09:00", NOTICE_ALONE)
    assert (first.kind, first.step) == ("deliver", f"first-reminder#1-{who}")
    assert first.channel is not None
    read, posted = (None, date(2026, 7, 21)) if first.channel is LETTER else ("2026-07-20 12:00", None)
    word = sent(
        first.step or "", first.channel, "2026-07-20 09:00", read=read, posted_on=posted, deadline=date(2026, 8, 7)
    )
    told_first = replace(case, deliveries=(*case.deliveries, *to(who, word)))
    assert said(told_first, "2026-07-22 09:00", NOTICE_ALONE) == "deliver letter collection-notice 2026-08-08 09:00"
    assert fee_to_charge(STANDARD, LAW, case, STANDARD.steps[STANDARD.index["reminder"]], date(2026, 7, 20)) == 0


@pytest.mark.parametrize(
    ("life", "went_to", "holds"),
    [
        ((), None, True),
        (GURI, None, False),
        (GURI, "adviser", False),
        (GURI, "guardian", True),
        (PER, "guardian", False),
        (PER, "adviser", True),
        ((), "guardian", True),  # the guardian had it in the debtor's name
    ],
)
def test_a_notice_binds_whom_it_went_to_and_a_guardian_who_comes_later_gets_one_with_a_full_deadline(
    life: tuple[LifeEvent, ...], went_to: Asker | None, holds: bool
) -> None:
    case = facts(*to(went_to, *TO_NOTICE), life=life, approval="approved", contacts=(*EVERYWHERE, *HERS))
    done = decide(case, "2026-08-12 09:00")
    if holds:
        assert done.kind == "hand off"
        return
    who = addressee_of(standing_of(life, DUE, LAW))
    assert done.kind == "new round"
    assert done.why == f"no collection notice that the {who} has had is valid for all that is owed: a new one is sent"
    anew = replace(case, round=2, approval=None)
    assert said(anew, "2026-08-12 09:01") == "deliver email reminder 2026-08-12 09:01"
    reminded = to(
        who, sent("reminder", EMAIL, "2026-08-12 09:01", read="2026-08-12 12:00", round=2, deadline=date(2026, 8, 26))
    )
    told_first = replace(anew, deliveries=(*anew.deliveries, *reminded))
    assert decide(told_first, "2026-08-13 09:00").step == "collection-notice"
    theirs = to(
        who, NOTICE, *COPIES, round=2, claimed_at=local("2026-09-02 09:00"), accepted_at=local("2026-09-02 09:00")
    )
    theirs = tuple(replace(d, posted_on=date(2026, 9, 2) if d.posted_on else None) for d in theirs)
    theirs = (replace(theirs[0], deadline=date(2026, 9, 22)), *theirs[1:])
    had = replace(told_first, deliveries=(*told_first.deliveries, *theirs), approval="approved")
    assert said(had, "2026-09-21 09:00") == "hand off hand-off 2026-09-25 09:00"


def test_a_notice_that_a_former_one_had_is_no_renewal_of_the_guardians() -> None:
    second = to(
        None, NOTICE, *COPIES, round=2, claimed_at=local("2026-08-20 09:00"), accepted_at=local("2026-08-20 09:00")
    )
    twice = facts(*TO_NOTICE, *second, round=2, life=GURI, approval="approved", contacts=HERS)
    assert decide(twice, "2026-09-21 09:00").kind == "new round"


def test_a_step_that_costs_cannot_be_asked_for_before_the_guardian_has_heard_a_free_word() -> None:
    case = facts(INVOICE_READ, life=GURI)
    why = refusal(STANDARD, LAW, case, "collection-notice", local("2026-08-01 09:00"))
    assert why == "the guardian has heard nothing of this claim yet: a free reminder goes before collection-notice"


# --- what was sent before the case was ours ---------------------------------------------------------------------


def before(message: str, day: str, channel: Channel = EMAIL, **changes: Any) -> AlreadySent:
    return AlreadySent(message, channel, date.fromisoformat(day), **changes)


def test_what_was_sent_before_us_is_not_sent_again_and_the_next_step_alone_follows() -> None:
    invoice = before("invoice", "2026-05-01")
    reminder = before("reminder", "2026-06-01", deadline=date(2026, 6, 15))
    assert decide(facts(already_sent=(invoice,), **LATE), "2026-07-14 10:00").step == "reminder"
    both = facts(already_sent=(invoice, reminder), **LATE)
    assert said(both, "2026-07-14 10:00") == "deliver letter collection-notice 2026-07-14 10:00"


def test_a_deadline_that_was_given_before_us_is_kept() -> None:
    reminder = before("reminder", "2026-07-10", deadline=date(2026, 7, 24))
    case = facts(already_sent=(reminder,), **LATE)
    assert said(case, "2026-07-14 10:00") == "deliver letter collection-notice 2026-07-31 09:00"


def test_fees_before_us_count() -> None:
    step = STANDARD.steps[STANDARD.index["reminder"]]
    first = before("reminder", "2026-06-01", LETTER, fee=Decimal(38), deadline=date(2026, 6, 22))
    second = before("reminder", "2026-06-23", LETTER, fee=Decimal(38), deadline=date(2026, 7, 7))
    once, twice = facts(already_sent=(first,), **LATE), facts(already_sent=(second, first), **LATE)
    assert fee_to_charge(STANDARD, LAW, once, step, date(2026, 6, 22)) == 0
    assert fee_to_charge(STANDARD, LAW, once, step, date(2026, 6, 23)) == 38
    assert fee_to_charge(STANDARD, LAW, twice, step, date(2026, 8, 1)) == 0


def test_a_second_reminder_before_us_is_the_plans_second() -> None:
    minimal = SHIPPED["no-minimal-cost"]
    two = (before("reminder", "2026-06-01"), before("reminder", "2026-06-20", deadline=date(2026, 7, 1)))
    assert decide(facts(already_sent=two, **LATE), "2026-07-14 10:00", minimal).step == "collection-notice"
    assert decide(facts(already_sent=two[:1], **LATE), "2026-07-14 10:00", minimal).step == "last-reminder"


# --- not later than ---------------------------------------------------------------------------------------------


def test_a_chain_that_comes_alive_again_keeps_its_last_day() -> None:
    bounced = failed("friendly-reminder", EMAIL, "2026-06-22 09:00")
    case = facts(INVOICE_READ, DUE_READ, bounced, contacts=(contact(SMS), contact(LETTER)))
    assert said(case, "2026-06-23 09:00", STANDARD) == "deliver sms friendly-reminder 2026-06-23 09:00"
    eleven_weeks = decide(case, "2026-09-07 09:00", STANDARD)
    assert eleven_weeks.step != "friendly-reminder"


# --- moved due dates --------------------------------------------------------------------------------------------


def test_an_invoice_that_arrives_late_moves_its_due_date_in_the_first_round_alone() -> None:
    assert told.moved_due_date(facts(), date(2026, 6, 10), LAW) == date(2026, 6, 17)
    assert told.moved_due_date(facts(), date(2026, 6, 8), LAW) is None
    assert told.moved_due_date(facts(round=2), date(2026, 6, 10), LAW) is None


# --- what was missed is noted -----------------------------------------------------------------------------------


def noted(case: CaseFacts, at: str, plan: Policy = GENTLE) -> dict[str, str]:
    return dict(decide(case, at, plan).left_out)


def test_steps_that_are_passed_over_are_noted_with_the_reason() -> None:
    late = facts(**LATE)
    assert noted(late, "2026-07-14 10:00") == dict.fromkeys(("invoice", "due-date-reminder"), "reminder comes instead")
    assert noted(facts(), "2026-06-01 09:00") == {}


def test_a_skipped_step_is_noted_when_its_time_comes_and_one_that_the_plan_leaves_out_is_not() -> None:
    case = facts(INVOICE_READ, DUE_READ, skipped=frozenset({"reminder"}))
    assert noted(case, "2026-06-28 09:00") == {}
    assert noted(case, "2026-07-02 09:00") == {"reminder": "skipped by a person"}
    assert "call" not in noted(facts(INVOICE_READ, DUE_READ, REMINDED), "2026-07-20 09:00")


def test_a_step_that_vanishes_for_want_of_a_letter_address_says_so() -> None:
    case = facts(INVOICE_READ, DUE_READ, replace(NUDGED, read_at=local("2026-06-22 10:00")), contacts=(contact(SMS),))
    assert noted(case, "2026-07-20 09:00", STANDARD) == {
        "reminder": "no address for letter, and it may go by nothing else"
    }
    nobody = noted(facts(contacts=()), "2026-06-15 12:00")
    assert nobody["invoice"] == "nobody to reach: no address for email, sms, letter"


def test_a_message_that_the_cap_keeps_until_it_is_too_late_says_so() -> None:
    full = tuple(local(f"2026-06-{day} 12:00") for day in (13, 14, 15))
    case = facts(INVOICE_READ, recent_contacts=full)
    assert noted(case, "2026-06-15 20:00")["due-date-reminder"] == "at most 3 messages in 7 days"


def test_a_step_that_reached_nobody_says_so() -> None:
    case = facts(INVOICE_READ, failed("due-date-reminder", EMAIL, "2026-06-15 09:00"), contacts=(contact(LETTER),))
    assert noted(case, "2026-06-15 12:00") == {"due-date-reminder": "reached nobody: email"}


# --- a moved due date is told -----------------------------------------------------------------------------------


def test_a_moved_due_date_is_told_once_to_whoever_knew_another_one() -> None:
    moved = DueMoved("7", local("2026-06-20 10:00"))
    case = facts(INVOICE_READ, DUE_READ, round=2, due_date=date(2026, 7, 20), due_moved=moved)
    assert said(case, "2026-06-20 10:00") == "deliver email due-date-moved#7 2026-06-20 10:00"
    word = sent("due-date-moved#7", EMAIL, "2026-06-20 10:00", round=2, read="2026-06-20 12:00")
    assert said(replace(case, deliveries=(*case.deliveries, word)), "2026-06-21 10:00").startswith(
        "deliver email due-date-reminder 2026-07-20"
    )
    assert decide(replace(case, deliveries=()), "2026-06-20 10:00").step == "invoice"
    assert said(case, "2026-06-29 10:00").startswith("deliver email due-date-reminder 2026-07-20")


@pytest.mark.parametrize(
    ("told_on", "due"),
    [("2026-07-01 10:00", "2026-07-15"), ("2026-07-03 10:00", "2026-07-17"), ("2026-07-04 10:00", "2026-07-20")],
)
def test_whose_payment_was_taken_back_has_fourteen_days_from_being_told_of_it(told_on: str, due: str) -> None:
    moved = DueMoved("7", local("2026-07-01 09:00"), payment_returned=True)
    case = facts(INVOICE_READ, DUE_READ, round=2, due_date=date(2026, 7, 15), due_moved=moved)
    step = step_named(GENTLE, "due-date-moved#7")
    asks = demand([Rider(1, GENTLE, LAW, case, step)], EMAIL, local(told_on))
    assert (asks.deadline, asks.cases[0].due_date) == (date.fromisoformat(due),) * 2
    by_letter = demand([Rider(1, GENTLE, LAW, case, step)], LETTER, local(told_on))
    assert (by_letter.deadline or date.min) > date.fromisoformat(due)
    own_word = replace(case, due_moved=replace(moved, payment_returned=False))
    kept = demand([Rider(1, GENTLE, LAW, own_word, step)], EMAIL, local(told_on))
    assert kept.deadline == date(2026, 7, 15)


# --- asked for at once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "at", "words"),
    [
        ("reminder", "2026-06-15 10:00", "says that the payment is late: the invoice is due on 2026-06-15"),
        ("collection-notice", "2026-06-10 10:00", "says that the payment is late"),
        ("due-date-reminder", "2026-06-14 10:00", "due today: that is true on 2026-06-15 alone"),
        ("due-date-reminder", "2026-06-16 10:00", "due today: that is true on 2026-06-15 alone"),
        ("collection-notice", "2026-07-10 10:00", "the debtor was given until 2026-07-13"),
        ("nonsense", "2026-07-10 10:00", "the policy has no step"),
        ("reminder", "2026-06-16 10:00", None),
        ("due-date-reminder", "2026-06-15 08:00", None),
        ("collection-notice", "2026-07-14 10:00", None),
        ("invoice", "2026-06-01 10:00", None),
    ],
)
def test_a_step_is_asked_for_only_where_its_message_is_true(step: str, at: str, words: str | None) -> None:
    case = facts(INVOICE_READ, replace(REMINDED, deadline=date(2026, 7, 13)))
    why_not = refusal(GENTLE, LAW, case, step, local(at))
    assert (why_not is None) if words is None else (words in (why_not or ""))


def test_nothing_hard_is_asked_for_where_nothing_was_heard() -> None:
    why_not = refusal(GENTLE, LAW, facts(), "collection-notice", local("2026-07-14 10:00"))
    assert why_not == "nothing was heard of this claim yet: a free reminder goes before collection-notice"
