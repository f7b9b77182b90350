"""The one decision, rule by rule: what a case does next, when and why."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.countries.fees import EarlierFee
from domain.countries.rows import Row
from domain.parties.sms_senders import OwnSender, SmsSenders
from domain.planner.action import ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, Companion, Delivery, DeliveryState, HandOffState, Paid
from domain.planner.demand import fee_to_charge
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
    LAWS,
    MINIMAL,
    NORWAY,
    NOTICE,
    REMINDED,
    STANDARD,
    TO_NOTICE,
    TO_REMINDER,
    claimed,
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
    stored,
    unavailable,
)

EMAIL, SMS, LETTER, DIRECT = Channel.EMAIL, Channel.SMS, Channel.LETTER, Channel.DIRECT_MESSAGE


# --- from channel to channel -----------------------------------------------------------------------------------


def test_a_new_case_sends_the_invoice_by_its_first_channel() -> None:
    assert said(facts(), "2026-06-01 09:00") == "deliver email invoice 2026-06-01 09:00"


def test_an_email_not_read_in_time_is_followed_by_an_sms_and_that_by_a_letter() -> None:
    email = sent("reminder", EMAIL, "2026-06-29 09:00")
    sms = sent("reminder", SMS, "2026-07-01 09:00")
    assert said(facts(INVOICE_READ, DUE_READ, email), "2026-06-29 09:01") == "deliver sms reminder 2026-07-01 09:00"
    assert (
        said(facts(INVOICE_READ, DUE_READ, email, sms), "2026-07-01 09:01")
        == "deliver letter reminder 2026-07-03 09:00"
    )


def test_the_reason_says_what_the_case_waits_for() -> None:
    case = facts(INVOICE_READ, DUE_READ, sent("reminder", EMAIL, "2026-06-29 09:00"))
    assert decide(case, "2026-06-29 09:01").why == "email not read within 2 days"


def test_an_address_that_comes_behind_a_later_channel_is_not_gone_back_to() -> None:
    """A debtor without an email got the letter; an email address that is found weeks later brings the reminder no second time."""
    letter = sent("reminder", LETTER, "2026-06-29 09:00", posted_on=date(2026, 6, 30), deadline=date(2026, 7, 20))
    assert said(facts(INVOICE_READ, DUE_READ, letter), "2026-07-10 09:00").startswith(
        "deliver letter collection-notice"
    )
    sms = sent("reminder", SMS, "2026-06-29 09:00", deadline=date(2026, 7, 13))
    assert said(facts(INVOICE_READ, DUE_READ, sms), "2026-06-30 09:00") == "deliver letter reminder 2026-07-01 09:00"
    came_back = replace(letter, state=DeliveryState.FAILED)
    assert (
        said(facts(INVOICE_READ, DUE_READ, came_back), "2026-07-10 09:00") == "deliver email reminder 2026-07-10 09:00"
    )


@pytest.mark.parametrize("read", ["2026-06-29 20:00", "2026-07-01 08:59"])
def test_a_message_read_in_time_ends_the_chain(read: str) -> None:
    case = facts(INVOICE_READ, DUE_READ, sent("reminder", EMAIL, "2026-06-29 09:00", read=read))
    assert decide(case, "2026-07-01 09:00").step == "collection-notice"


def test_a_read_over_the_weekend_still_comes_before_the_sms_that_waits_for_contact_hours() -> None:
    email = sent("reminder", EMAIL, "2026-07-02 16:00")  # the fallback is due on Saturday after closing time
    case = facts(INVOICE_READ, DUE_READ, email)
    assert said(case, "2026-07-04 17:00") == "deliver sms reminder 2026-07-06 08:00"
    read = replace(email, read_at=local("2026-07-05 11:00"))
    assert decide(facts(INVOICE_READ, DUE_READ, read), "2026-07-06 08:00").step == "collection-notice"


def test_a_message_that_was_read_has_not_failed_whatever_was_told_first() -> None:
    bounced = failed("reminder", EMAIL, "2026-06-29 09:00", read="2026-06-29 10:00")
    assert decide(facts(INVOICE_READ, DUE_READ, bounced), "2026-06-29 11:00").step == "collection-notice"


def test_a_machine_that_opens_an_email_reads_nothing() -> None:
    email = sent("reminder", EMAIL, "2026-06-29 09:00", delivered_at=local("2026-06-29 09:01"))
    assert said(facts(INVOICE_READ, DUE_READ, email), "2026-07-01 09:00") == "deliver sms reminder 2026-07-01 09:00"


def test_a_bounced_email_moves_to_the_next_channel_at_once() -> None:
    case = facts(INVOICE_READ, DUE_READ, failed("reminder", EMAIL, "2026-06-29 09:00"))
    assert said(case, "2026-06-29 09:05") == "deliver sms reminder 2026-06-29 09:05"
    assert decide(case, "2026-06-29 09:05").why == "email failed"


@pytest.mark.parametrize(
    "contacts", [(contact(LETTER),), (contact(EMAIL, usable=False), contact(SMS, usable=False), contact(LETTER))]
)
def test_without_an_address_that_works_the_next_channel_is_used(contacts: tuple[object, ...]) -> None:
    assert said(facts(contacts=contacts), "2026-06-01 09:00") == "deliver letter invoice 2026-06-01 09:00"


SENDER_NAMES = {country: law.sender_names for country, law in LAWS.items()}
NOTHING_FOR_FI = SmsSenders({"FI": OwnSender(name="ACME", status="pending")}, "", SENDER_NAMES)
FINNISH = (contact(EMAIL), replace(contact(SMS), network="FI"), contact(LETTER))
REGISTER = "no sender for FI: register the name ACME or give a number"


def test_where_an_sms_has_nothing_to_come_from_the_next_channel_goes_on_with_the_reason_and_a_flag() -> None:
    case = facts(sent("invoice", EMAIL, "2026-06-01 09:00"), contacts=FINNISH, sms_senders=NOTHING_FOR_FI)
    action = decide(case, "2026-06-03 09:00")
    assert (action.kind, action.channel, action.step) == (ActionKind.DELIVER, LETTER, "invoice")
    assert action.why == f"email not read within 2 days; {REGISTER}"
    assert action.flag == "no sender"


def test_with_a_sender_it_is_the_sms_and_nothing_is_flagged() -> None:
    for own in (OwnSender(name="ACME", status="registered"), OwnSender(number="+358401234567")):
        senders = replace(NOTHING_FOR_FI, own={"FI": own})
        case = facts(sent("invoice", EMAIL, "2026-06-01 09:00"), contacts=FINNISH, sms_senders=senders)
        action = decide(case, "2026-06-03 09:00")
        assert (action.channel, action.flag) == (SMS, None)
        assert "sender" not in action.why


def test_the_country_is_that_of_the_number_not_of_the_claim() -> None:
    norwegian = facts(contacts=(replace(contact(SMS), network="NO"), contact(LETTER)), sms_senders=NOTHING_FOR_FI)
    assert "no sender for NO: register a name or give a number" in decide(norwegian, "2026-06-01 09:00").why
    registered = replace(NOTHING_FOR_FI, own={"NO": OwnSender(name="ACME", status="registered")})
    assert decide(replace(norwegian, sms_senders=registered), "2026-06-01 09:00").channel == SMS
    assert (
        decide(replace(norwegian, contacts=FINNISH[1:], sms_senders=registered), "2026-06-01 09:00").channel == LETTER
    )


def test_a_step_that_only_an_sms_could_have_carried_says_so_when_its_time_is_over() -> None:
    only_sms = facts(contacts=FINNISH[1:2], sms_senders=NOTHING_FOR_FI)
    left_out = dict(decide(only_sms, "2026-06-01 09:00").left_out)
    assert left_out["invoice"] == f"no address for email, letter; {REGISTER}"


def test_the_last_channel_of_a_step_that_cannot_be_sent_as_leaves_its_reason_in_the_diary() -> None:
    sms_last = policy(
        """
  - id: reminder
    at: due date + 14 days
    message: reminder
    tone: kind
    fee: none
    reach: [email, sms]
    read_within: 2 days
"""
    )
    case = facts(sent("reminder", EMAIL, "2026-06-29 09:00"), contacts=FINNISH, sms_senders=NOTHING_FOR_FI)
    assert dict(decide(case, "2026-07-01 09:00", sms_last).left_out) == {"reminder": REGISTER}
    assert dict(decide(case, "2026-06-30 09:00", sms_last).left_out) == {}


def test_of_what_goes_by_every_channel_the_others_go() -> None:
    every = policy(
        """
  - id: reminder
    at: due date + 14 days
    message: reminder
    tone: kind
    fee: none
    send: [email, sms]
"""
    )
    case = facts(contacts=FINNISH, sms_senders=NOTHING_FOR_FI)
    action = decide(case, "2026-06-29 09:00", every)
    assert (action.channel, action.flag) == (EMAIL, "no sender")
    after = facts(sent("reminder", EMAIL, "2026-06-29 09:00"), contacts=FINNISH, sms_senders=NOTHING_FOR_FI)
    assert decide(after, "2026-06-29 09:05", every).channel is None


def test_a_step_that_reaches_nobody_is_left_for_the_next_one() -> None:
    assert said(facts(contacts=()), "2026-06-15 09:00") == "wait collection-notice 2026-07-20 09:00"


def test_a_delivered_sms_counts_as_read_after_a_day_where_the_policy_says_so() -> None:
    email = sent("reminder", EMAIL, "2026-06-29 09:00")
    sms = sent("reminder", SMS, "2026-07-01 09:00", delivered_at=local("2026-07-01 09:00"))
    case = facts(INVOICE_READ, DUE_READ, email, sms)
    assert said(case, "2026-07-02 09:00") == "deliver letter reminder 2026-07-03 09:00"
    assert said(case, "2026-07-02 09:00", MINIMAL) == "deliver email last-reminder 2026-07-20 09:00"


def test_a_letter_ends_the_chain_unless_it_comes_back() -> None:
    plan = policy("""
  - id: reminder
    at: due date + 14 days
    reach: [letter, sms]
    read_within: 2 days
    deadline: 14 days
  - {id: call, at: reminder deadline + 2 banking days, channel: phone}
""")
    posted = sent("reminder", LETTER, "2026-06-29 09:00", posted_on=date(2026, 6, 29))
    assert decide(facts(posted), "2026-07-10 09:00", plan).step == "call"
    returned = replace(posted, state=DeliveryState.FAILED)
    assert said(facts(returned), "2026-07-10 09:00", plan) == "deliver sms reminder 2026-07-10 09:00"


def test_a_direct_message_is_read_by_its_receipt() -> None:
    plan = policy("""
  - id: reminder
    at: due date + 14 days
    reach: [direct message, letter]
    read_within: 1 day
""")
    contacts = (contact(DIRECT), contact(LETTER))
    unread = sent("reminder", DIRECT, "2026-06-29 09:00")
    assert (
        said(facts(unread, contacts=contacts), "2026-06-30 09:00", plan) == "deliver letter reminder 2026-06-30 09:00"
    )
    read = replace(unread, read_at=local("2026-06-29 10:00"))
    assert decide(facts(read, contacts=contacts), "2026-06-30 09:00", plan).outcome == "ladder finished"


def test_a_fallback_gives_way_to_a_later_step_that_comes_first() -> None:
    slow = policy("""
  - id: invoice
    at: issue date
    reach: [email, letter]
    read_within: 30 days
  - {id: due-date-reminder, at: due date 09:00, reach: [sms]}
""")
    case = facts(sent("invoice", EMAIL, "2026-06-01 09:00"))
    assert said(case, "2026-06-02 09:00", slow) == "deliver sms due-date-reminder 2026-06-15 09:00"


def test_a_later_step_that_must_wait_for_the_gap_lets_the_fallback_go_first() -> None:
    plan = policy("""
  - id: reminder
    at: due date + 14 days
    reach: [email, sms]
    read_within: 2 days
  - {id: last-reminder, at: due date + 16 days, reach: [email]}
""")
    case = facts(sent("reminder", EMAIL, "2026-06-29 09:00"))
    assert said(case, "2026-07-01 09:00", plan) == "deliver sms reminder 2026-07-01 09:00"


# --- anchors and deadlines -------------------------------------------------------------------------------------


def test_a_due_date_on_a_holiday_moves_and_every_day_counts_from_there() -> None:
    invoice = sent("invoice", EMAIL, "2026-04-10 09:00", read="2026-04-10 10:00")
    case = facts(invoice, issue_date=date(2026, 4, 10), due_date=date(2026, 5, 1), bank_data_through=date(2026, 5, 18))
    assert said(case, "2026-05-02 09:00") == "deliver email due-date-reminder 2026-05-04 09:00"
    fee_step = STANDARD.steps[STANDARD.index["reminder"]]
    assert fee_to_charge(STANDARD, LAW, case, fee_step, date(2026, 5, 17)) == 0
    assert fee_to_charge(STANDARD, LAW, case, fee_step, date(2026, 5, 18)) == 38


def test_the_next_hard_step_counts_banking_days_from_the_deadline_of_the_last_channel_used() -> None:
    email = sent("reminder", EMAIL, "2026-06-29 09:00")
    sms = sent("reminder", SMS, "2026-07-01 09:00", read="2026-07-01 12:00")
    assert (
        said(facts(INVOICE_READ, DUE_READ, REMINDED), "2026-07-02 09:00")
        == "deliver letter collection-notice 2026-07-20 09:00"
    )
    by_sms = facts(INVOICE_READ, DUE_READ, email, sms)
    assert said(by_sms, "2026-07-02 09:00") == "deliver letter collection-notice 2026-07-22 09:00"


def test_a_letters_deadline_runs_from_its_posting_and_its_days_in_transit() -> None:
    assert said(facts(*TO_NOTICE), "2026-07-21 09:00") == "hand off hand-off 2026-08-12 09:00"
    later = replace(NOTICE, posted_on=date(2026, 7, 23))
    assert said(facts(*TO_REMINDER, later, *COPIES), "2026-07-24 09:00") == "hand off hand-off 2026-08-17 09:00"


def test_a_deadline_printed_in_a_message_is_never_shortened() -> None:
    printed = replace(REMINDED, deadline=date(2026, 7, 27))
    case = facts(INVOICE_READ, DUE_READ, printed)
    assert said(case, "2026-07-02 09:00") == "deliver letter collection-notice 2026-08-03 09:00"


def test_a_letter_not_confirmed_as_posted_holds_the_step_that_counts_from_it() -> None:
    case = facts(*TO_REMINDER, replace(NOTICE, posted_on=None), *COPIES)
    action = decide(case, "2026-08-20 09:00")
    assert (action.kind, action.flag, action.at) == ("wait", "letter not posted", None)


def test_a_skipped_step_counts_from_its_planned_day() -> None:
    case = facts(INVOICE_READ, DUE_READ, skipped=frozenset({"reminder"}))
    assert said(case, "2026-06-29 09:00") == "deliver letter collection-notice 2026-07-20 09:00"


def test_a_call_is_made_only_from_its_balance_up() -> None:
    assert decide(facts(*TO_REMINDER), "2026-07-14 09:00").step == "collection-notice"
    much = facts(*TO_REMINDER, balance=Decimal(5000), principal=Decimal(5000))
    assert said(much, "2026-07-14 09:00") == "open call task phone call 2026-07-15 09:00"
    called = replace(much, tasks=frozenset({("call", "call")}))
    assert decide(called, "2026-07-15 09:00").step == "collection-notice"


def test_a_notice_never_leaves_on_or_before_the_due_date() -> None:
    case = facts(INVOICE_READ, send_now=frozenset({"collection-notice"}))
    assert said(case, "2026-06-10 10:00") == "deliver letter collection-notice 2026-06-16 08:00"


# --- missed steps ----------------------------------------------------------------------------------------------


def test_an_invoice_imported_sixty_days_late_joins_at_the_latest_due_step_that_may_be_the_first_word() -> None:
    late = facts(issue_date=date(2026, 5, 1), due_date=date(2026, 5, 15))
    assert said(late, "2026-07-14 10:00") == "deliver email reminder 2026-07-14 10:00"
    twenty = facts(issue_date=date(2026, 5, 26), due_date=date(2026, 6, 9))
    assert said(twenty, "2026-06-29 10:00") == "deliver email reminder 2026-06-29 10:00"


def test_a_notice_is_never_jumped_over_however_late_it_is() -> None:
    assert said(facts(*TO_REMINDER), "2027-06-15 10:00") == "deliver letter collection-notice 2027-06-15 10:00"


def test_a_notice_that_is_late_is_sent_all_the_same() -> None:
    plan = stored("""
  - id: collection-notice
    at: due date + 14 days
    kind: collection notice
    send: [letter]
    deadline: 14 days
    not_later_than: 2 days
  - {id: hand-off, at: collection-notice deadline + 3 banking days, action: collection, approval: required}
""")
    assert said(facts(INVOICE_READ), "2026-09-01 09:00", plan) == "deliver letter collection-notice 2026-09-01 09:00"


def test_a_step_past_its_last_day_is_missed() -> None:
    assert said(facts(INVOICE_READ), "2026-06-16 20:00") == "deliver email due-date-reminder 2026-06-16 20:00"
    assert said(facts(INVOICE_READ), "2026-06-17 09:00") == "deliver email reminder 2026-06-29 09:00"


def test_a_case_released_from_a_long_hold_joins_at_the_latest_due_step() -> None:
    unread = sent("reminder", EMAIL, "2026-06-29 09:00")
    case = facts(INVOICE_READ, DUE_READ, unread, held=True, held_until=local("2026-09-01 10:00"))
    assert decide(case, "2026-08-01 10:00").kind == "wait"
    assert said(case, "2026-09-01 10:00") == "deliver letter collection-notice 2026-09-01 10:00"


def test_a_moved_due_date_begins_a_new_round_without_sending_the_invoice_again() -> None:
    case = facts(*TO_REMINDER, round=2, due_date=date(2026, 8, 17))
    assert said(case, "2026-07-20 09:00") == "deliver email due-date-reminder 2026-08-17 09:00"


def test_an_invoice_step_by_any_name_goes_out_once() -> None:
    plan = policy("""
  - {id: first-bill, message: invoice, at: issue date, reach: [email]}
  - {id: due-date-reminder, at: due date 09:00, reach: [sms]}
""")
    case = facts(sent("first-bill", EMAIL, "2026-06-01 09:00"), round=2)
    assert said(case, "2026-06-10 09:00", plan) == "deliver sms due-date-reminder 2026-06-15 09:00"


# --- when a debtor may be written to ----------------------------------------------------------------------------


def test_days_lie_between_two_steps_whatever_their_anchors_say() -> None:
    close = policy("""
  - {id: reminder, at: due date + 14 days, reach: [email]}
  - {id: last-reminder, at: due date + 15 days, reach: [email]}
""")
    case = facts(sent("reminder", EMAIL, "2026-06-29 11:00"))
    assert said(case, "2026-06-30 09:00", close) == "deliver email last-reminder 2026-07-04 09:00"
    assert decide(case, "2026-06-30 09:00", close).why == "at least 5 days between messages"


def test_a_message_without_an_answer_counts_for_the_gap_as_well() -> None:
    close = policy("""
  - {id: reminder, at: due date + 14 days, reach: [email]}
  - {id: last-reminder, at: due date + 15 days, reach: [email]}
""")
    case = facts(claimed("reminder", EMAIL, "2026-06-29 11:00"))
    assert said(case, "2026-06-30 09:00", close) == "deliver email last-reminder 2026-07-04 09:00"


def test_a_debtor_gets_at_most_three_messages_in_seven_days_over_all_cases() -> None:
    contacts = tuple(local(f"2026-06-{day} 12:00") for day in ("24", "25", "26"))
    case = facts(INVOICE_READ, DUE_READ, recent_contacts=contacts)
    assert said(case, "2026-06-29 09:00") == "deliver email reminder 2026-07-01 12:00"
    assert decide(case, "2026-06-29 09:00").why == "at most 3 messages in 7 days"
    assert (
        said(replace(case, recent_contacts=contacts[1:]), "2026-06-29 09:00")
        == "deliver email reminder 2026-06-29 09:00"
    )


@pytest.mark.parametrize(
    ("cap", "contacts", "expected", "why"),
    [
        ("1 in 1 day", ["2026-06-29 08:00"], "2026-06-30 08:00", "at most 1 message in 1 day"),
        ("1 in 1 day, 3 in 30 days", ["2026-06-03 12:00", "2026-06-20 12:00", "2026-06-29 08:00"],
         "2026-07-03 12:00", "at most 3 messages in 30 days"),
        ("1 in 1 day, 4 in 30 days", ["2026-06-03 12:00", "2026-06-20 12:00"], "2026-06-29 09:00", "call is planned"),
    ],
)  # fmt: skip
def test_a_call_keeps_to_the_caps_as_messages_do(cap: str, contacts: list[str], expected: str, why: str) -> None:
    capped = policy(f"""
  - {{id: call, at: due date + 14 days 09:00, channel: phone}}
contact_cap: {cap}
""")
    case = facts(recent_contacts=tuple(map(local, contacts)))
    action = decide(case, "2026-06-29 08:30", capped)
    assert (said(case, "2026-06-29 08:30", capped), action.why) == (f"open call task phone call {expected}", why)


def test_a_message_waits_for_the_same_message_of_the_debtors_other_invoice() -> None:
    companion = Companion("reminder", EMAIL, local("2026-07-01 10:00"), "NOK")
    case = facts(INVOICE_READ, DUE_READ, companions=(companion,))
    assert said(case, "2026-06-29 09:00") == "deliver email reminder 2026-07-01 10:00"


@pytest.mark.parametrize(
    "companion",
    [
        Companion("reminder", EMAIL, local("2026-07-03 10:00"), "NOK"),
        Companion("reminder", SMS, local("2026-07-01 10:00"), "NOK"),
        Companion("due-date-reminder", EMAIL, local("2026-07-01 10:00"), "NOK"),
        Companion("reminder", EMAIL, local("2026-06-28 10:00"), "NOK"),
    ],
)
def test_a_message_does_not_wait_for_another_one_or_one_too_far_ahead(companion: Companion) -> None:
    case = facts(INVOICE_READ, DUE_READ, companions=(companion,))
    assert said(case, "2026-06-29 09:00") == "deliver email reminder 2026-06-29 09:00"


def test_a_due_date_reminder_waits_for_no_other_invoice() -> None:
    case = facts(INVOICE_READ, companions=(Companion("due-date-reminder", EMAIL, local("2026-06-16 10:00"), "NOK"),))
    assert said(case, "2026-06-15 09:00") == "deliver email due-date-reminder 2026-06-15 09:00"


def test_a_fallback_waits_for_the_fallback_of_the_debtors_other_invoice() -> None:
    companion = Companion("reminder", SMS, local("2026-07-02 10:00"), "NOK")
    case = facts(INVOICE_READ, DUE_READ, sent("reminder", EMAIL, "2026-06-29 09:00"), companions=(companion,))
    assert said(case, "2026-06-29 10:00") == "deliver sms reminder 2026-07-02 10:00"


def test_a_notice_waits_for_the_notice_of_the_debtors_other_invoice() -> None:
    companion = Companion("collection-notice", LETTER, local("2026-07-22 10:00"), "NOK")
    case = facts(*TO_REMINDER, companions=(companion,))
    alone, joined = decide(replace(case, companions=()), "2026-07-14 10:00"), decide(case, "2026-07-14 10:00")
    assert (alone.step, alone.channel) == (joined.step, joined.channel) == ("collection-notice", LETTER)
    assert alone.at is not None
    assert alone.at < companion.at == joined.at
    assert joined.own_at == alone.at


def test_a_fallback_under_the_cap_comes_late() -> None:
    contacts = tuple(local(f"2026-06-{day} 12:00") for day in ("27", "28", "29"))
    case = facts(INVOICE_READ, DUE_READ, sent("reminder", EMAIL, "2026-06-29 12:00"), recent_contacts=contacts)
    assert said(case, "2026-06-30 09:00") == "deliver sms reminder 2026-07-04 12:00"
    assert decide(case, "2026-06-30 09:00").why == "at most 3 messages in 7 days"


def test_a_message_under_the_cap_that_would_be_too_late_is_left_out_with_the_reason() -> None:
    nudge = policy("""
  - {id: nudge, at: due date + 6 days, message: reminder, reach: [email], not later than: 2 days}
  - {id: reminder, at: due date + 20 days, reach: [email]}
""")
    contacts = tuple(local(f"2026-06-{day} 12:00") for day in ("18", "19", "20"))
    case = facts(recent_contacts=contacts)
    action = decide(case, "2026-06-20 13:00", nudge)
    assert (action.step, action.left_out) == ("reminder", (("nudge", "at most 3 messages in 7 days"),))


def test_a_step_that_is_jumped_over_leaves_a_trace() -> None:
    action = decide(facts(INVOICE_READ), "2026-06-29 09:00")
    assert (action.step, action.left_out) == ("reminder", (("due-date-reminder", "reminder comes instead"),))


def test_what_the_debtor_got_today_about_another_invoice_does_not_come_again_today() -> None:
    case = facts(INVOICE_READ, DUE_READ, told_of_others=(("reminder", local("2026-06-29 08:30")),))
    assert said(case, "2026-06-29 09:00") == "deliver email reminder 2026-06-30 09:00"
    other = replace(case, told_of_others=(("due-date-reminder", local("2026-06-29 08:30")),))
    assert said(other, "2026-06-29 09:00") == "deliver email reminder 2026-06-29 09:00"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-06-30 07:59", "2026-06-30 08:00"),
        ("2026-06-30 20:59", "2026-06-30 20:59"),
        ("2026-06-30 21:00", "2026-07-01 08:00"),
        ("2026-07-04 08:59", "2026-07-04 09:00"),
        ("2026-07-04 15:00", "2026-07-06 08:00"),
        ("2026-07-05 12:00", "2026-07-06 08:00"),
    ],
)
def test_nobody_is_disturbed_outside_contact_hours(now: str, expected: str) -> None:
    assert said(facts(INVOICE_READ, DUE_READ), now) == f"deliver email reminder {expected}"


def test_nobody_is_disturbed_on_a_public_holiday() -> None:
    case = facts(issue_date=date(2026, 3, 5), due_date=date(2026, 3, 19))
    assert said(case, "2026-04-02 12:00") == "deliver email reminder 2026-04-04 09:00"


def test_the_sends_of_a_step_are_spread_over_its_window() -> None:
    case = facts(INVOICE_READ, DUE_READ, spread_seed=5400)
    assert said(case, "2026-06-28 09:00") == "deliver email reminder 2026-06-29 10:30"
    assert said(case, "2026-06-30 22:00") == "deliver email reminder 2026-07-01 09:30"


# --- what stops a case -----------------------------------------------------------------------------------------


def test_a_case_waits_for_bank_data_and_says_why() -> None:
    case = facts(*TO_REMINDER, bank_data_through=date(2026, 7, 12))
    action = decide(case, "2026-07-20 09:00")
    assert (action.kind, action.flag) == ("wait", "bank data stale")
    assert action.why == "bank data is imported through 2026-07-12, collection-notice needs it through 2026-07-16"
    assert in_oslo(action.at) == "2026-07-21 09:00"
    assert decide(replace(case, bank_data_through=date(2026, 7, 16)), "2026-07-20 09:00").kind == "deliver"


def test_bank_data_never_imported_lets_nothing_out_after_the_due_date() -> None:
    assert decide(facts(INVOICE_READ, DUE_READ, bank_data_through=None), "2026-06-29 09:00").flag == "bank data stale"


def test_bank_data_does_not_matter_until_the_due_date_is_past() -> None:
    assert decide(facts(INVOICE_READ, bank_data_through=None), "2026-06-15 09:00").step == "due-date-reminder"


def test_no_fallback_no_call_and_no_hand_off_on_stale_bank_data() -> None:
    unread = sent("reminder", EMAIL, "2026-06-29 09:00")
    fallback = facts(INVOICE_READ, DUE_READ, unread, bank_data_through=date(2026, 6, 20))
    assert decide(fallback, "2026-07-01 09:00").flag == "bank data stale"
    call = facts(*TO_REMINDER, balance=Decimal(6000), bank_data_through=date(2026, 6, 20))
    assert decide(call, "2026-07-15 09:00").flag == "bank data stale"
    hand_off = facts(*TO_NOTICE, bank_data_through=date(2026, 8, 6))
    assert decide(hand_off, "2026-08-12 09:00").flag == "bank data stale"


def test_nothing_hard_is_done_before_a_reply_is_read_for_five_banking_days_at_most() -> None:
    wrote = local("2026-07-17 12:00")  # a Friday
    notice = facts(*TO_REMINDER, unread_reply=wrote)
    action = decide(notice, "2026-07-20 09:00")
    assert (action.kind, action.flag, in_oslo(action.at)) == ("wait", "reply unread", "2026-07-24 09:00")
    assert decide(notice, "2026-07-24 09:00").kind == "deliver"
    assert decide(replace(notice, unread_reply=None), "2026-07-20 09:00").kind == "deliver"
    asked = replace(notice, send_now=frozenset({"collection-notice"}))
    assert decide(asked, "2026-07-20 09:00").kind == "deliver"
    hand_off = facts(*TO_NOTICE, approval="approved", unread_reply=local("2026-08-11 12:00"))
    assert decide(hand_off, "2026-08-12 09:00").flag == "reply unread"


def test_kind_words_do_not_wait_for_a_reply_to_be_read() -> None:
    case = facts(INVOICE_READ, DUE_READ, unread_reply=local("2026-06-26 12:00"))
    assert decide(case, "2026-06-29 09:00").step == "reminder"
    assert decide(case, "2026-06-29 09:00").kind == "deliver"


def test_a_reminder_waits_while_a_direct_debit_draw_is_pending() -> None:
    case = facts(INVOICE_READ, claim_due=DUE)
    assert said(case, "2026-06-15 09:00") == "deliver email reminder 2026-06-29 09:00"
    standard = facts(INVOICE_READ, claim_due=DUE)
    assert said(standard, "2026-06-21 09:00", STANDARD) == "deliver email friendly-reminder 2026-06-24 09:00"
    assert decide(standard, "2026-06-21 09:00", STANDARD).why == "a direct-debit claim is pending"


def test_a_hold_waits_until_its_end_or_for_news() -> None:
    open_ended = decide(facts(held=True, hold_reason="promise"), "2026-06-29 09:00")
    assert (open_ended.kind, open_ended.at, open_ended.why) == ("wait", None, "on hold: promise")
    until = facts(INVOICE_READ, DUE_READ, held=True, held_until=local("2026-07-07 12:00"))
    assert in_oslo(decide(until, "2026-06-29 09:00").at) == "2026-07-07 12:00"
    assert said(until, "2026-07-07 12:00") == "deliver email reminder 2026-07-07 12:00"


def test_a_dispute_stops_everything() -> None:
    action = decide(facts(*TO_NOTICE, disputed=True), "2026-08-12 09:00")
    assert (action.kind, action.at, action.flag) == ("wait", None, "disputed")


def test_a_rejected_dispute_gives_fourteen_new_days_to_steps_and_fallbacks_alike() -> None:
    step = facts(INVOICE_READ, DUE_READ, not_before=date(2026, 7, 10))
    assert said(step, "2026-06-29 09:00") == "deliver email reminder 2026-07-10 09:00"
    fallback = facts(INVOICE_READ, DUE_READ, sent("reminder", EMAIL, "2026-06-29 09:00"), not_before=date(2026, 7, 10))
    assert said(fallback, "2026-07-01 09:00") == "deliver sms reminder 2026-07-10 09:00"


@pytest.mark.parametrize("answer", ["dispute-rejected#4", "payment-not-found#4"])
def test_after_an_answer_and_its_days_a_reminder_comes_before_the_notice_that_is_due_by_then(answer: str) -> None:
    answered = sent(answer, EMAIL, "2026-07-06 12:00", read="2026-07-06 13:00", deadline=date(2026, 7, 26))
    case = facts(INVOICE_READ, DUE_READ, answered)
    assert said(case, "2026-07-08 14:00") == "deliver email reminder 2026-07-27 09:00"
    assert said(case, "2026-07-27 09:00") == "deliver email reminder 2026-07-27 09:00"


@pytest.mark.parametrize("reason", ["deceased", "insolvent", "debt settlement"])
def test_a_debtor_who_cannot_be_reminded_stops_the_case_for_a_person(reason: str) -> None:
    action = decide(facts(*TO_NOTICE, life=(known(reason),)), "2026-08-12 09:00")
    assert (action.kind, action.flag) == ("wait", "debtor stopped")
    assert reason in action.why


def test_a_stop_switch_stops_the_case() -> None:
    action = decide(facts(stops=("creditor acme",)), "2026-06-01 09:00")
    assert (action.kind, action.why) == ("wait", "stop switch: creditor acme")


def test_a_case_outside_the_ramp_waits_and_goes_on_with_fresh_deadlines_once_its_debtor_is_in() -> None:
    outside = facts(INVOICE_READ, outside_ramp=10)
    action = decide(outside, "2026-07-20 09:00")
    assert (action.kind, action.at, action.flag) == ("wait", None, None)
    assert action.why == "the creditor begins with 10 of 100 debtors, and this one is not among them yet"
    inside = replace(outside, outside_ramp=None)
    assert said(inside, "2026-07-20 09:00").startswith(
        "deliver email reminder 2026-07-20 09:00"
    )  # no notice, no letter of before


def test_a_case_outside_the_ramp_that_is_paid_closes_and_thanks_nobody() -> None:
    paid = {
        "balance": Decimal(0),
        "principal": Decimal(0),
        "paid": Paid(Decimal(802), local("2026-07-20 08:00"), date(2026, 7, 20)),
    }
    assert decide(facts(*TO_REMINDER, **paid), "2026-07-20 09:00").kind == "deliver"
    assert decide(facts(*TO_REMINDER, **paid, outside_ramp=1), "2026-07-20 09:00").kind == "close"


def test_a_stopped_channel_stops_what_would_go_through_it() -> None:
    case = facts(stopped_channels=frozenset({EMAIL}))
    assert decide(case, "2026-06-01 09:00").why == "stop switch: channel email"
    assert decide(replace(case, contacts=(contact(SMS),)), "2026-06-01 09:00").channel is SMS


def test_a_stopped_channel_does_not_keep_an_alert_in_the_way_of_the_next_step() -> None:
    case = facts(*TO_REMINDER, NOTICE, COPIES[1], stopped_channels=frozenset({SMS}))
    assert said(case, "2026-07-21 09:00") == "hand off hand-off 2026-08-12 09:00"


# --- copies ----------------------------------------------------------------------------------------------------


def test_copies_follow_the_notice_once_each_and_prove_nothing() -> None:
    assert (
        said(facts(*TO_REMINDER, NOTICE), "2026-07-20 09:01") == "deliver sms alert collection-notice 2026-07-20 09:01"
    )
    one = facts(*TO_REMINDER, NOTICE, COPIES[0])
    assert said(one, "2026-07-20 09:02") == "deliver email alert collection-notice 2026-07-20 09:02"
    assert decide(facts(*TO_NOTICE), "2026-07-20 09:03").step == "hand-off"


def test_a_copy_leaves_while_its_letter_is_on_its_way_and_not_later() -> None:
    """It says that a letter is coming: one that was kept back, or whose address is found, weeks later would mislead."""
    case = facts(*TO_REMINDER, NOTICE, held=True, held_until=local("2026-07-23 12:00"), hold_reason="asked")
    assert said(case, "2026-07-23 12:00") == "deliver sms alert collection-notice 2026-07-23 12:00"
    assert said(case, "2026-07-25 12:00") == "hand off hand-off 2026-08-12 09:00"  # four banking days after its posting


def test_a_copy_that_fails_is_not_sent_again_and_changes_no_deadline() -> None:
    copies = (failed("collection-notice", SMS, "2026-07-20 09:01", alert=True), COPIES[1])
    assert said(facts(*TO_REMINDER, NOTICE, *copies), "2026-07-20 10:00") == "hand off hand-off 2026-08-12 09:00"


# --- no answer, no provider ------------------------------------------------------------------------------------


def test_a_claim_without_an_answer_waits_a_quarter_of_an_hour_for_an_event() -> None:
    case = facts(INVOICE_READ, DUE_READ, claimed("reminder", EMAIL, "2026-06-29 09:00"))
    assert said(case, "2026-06-29 09:14") == "wait reminder 2026-06-29 09:15"


def test_a_kind_reminder_without_an_answer_is_assumed_sent() -> None:
    case = facts(INVOICE_READ, DUE_READ, claimed("reminder", EMAIL, "2026-06-29 09:00"))
    assert said(case, "2026-06-29 09:15") == "deliver sms reminder 2026-07-01 09:00"


BY_EMAIL = stored("""
  - id: collection-notice
    at: due date + 35 days
    kind: collection notice
    send: [email, letter]
    deadline: 14 days
  - {id: hand-off, at: collection-notice deadline + 3 banking days, action: collection, approval: required}
""")
WRITES = (contact(EMAIL, wrote="2026-07-01 10:00"),)


def test_a_notice_without_an_answer_goes_out_again_at_most_three_times() -> None:
    for attempt, expected in ((1, "deliver"), (2, "deliver"), (3, "hand off")):
        claim = claimed("collection-notice", EMAIL, "2026-07-20 09:00", attempt=attempt)
        assert decide(facts(claim, contacts=WRITES), "2026-07-20 09:15", BY_EMAIL).kind == expected


def test_a_letter_without_an_answer_is_put_into_the_batch_again() -> None:
    case = facts(*TO_REMINDER, claimed("collection-notice", LETTER, "2026-07-20 09:00", attempt=7))
    assert said(case, "2026-07-20 09:00") == "wait collection-notice 2026-07-20 09:01"
    assert said(case, "2026-07-20 09:01") == "deliver letter collection-notice 2026-07-20 09:01"


def test_an_unavailable_provider_is_tried_every_hour_and_after_a_day_the_next_channel() -> None:
    away = unavailable("reminder", EMAIL, "2026-06-29 09:00", "2026-06-29 12:00")
    assert said(facts(INVOICE_READ, DUE_READ, away), "2026-06-29 12:01") == "deliver email reminder 2026-06-29 13:00"
    long = unavailable("reminder", EMAIL, "2026-06-29 09:00", "2026-06-30 08:10")
    assert said(facts(INVOICE_READ, DUE_READ, long), "2026-06-30 09:00") == "deliver sms reminder 2026-06-30 09:00"


def test_a_notice_that_has_no_other_channel_keeps_trying_its_provider() -> None:
    away = unavailable("collection-notice", LETTER, "2026-07-20 09:00", "2026-07-23 09:00")
    assert said(facts(*TO_REMINDER, away), "2026-07-23 09:30") == "deliver letter collection-notice 2026-07-23 10:00"


@pytest.mark.parametrize(
    ("channel", "contacts", "after_a_day"),
    [
        (EMAIL, (EMAIL, SMS, LETTER), "deliver sms reminder 2026-06-30 09:00"),  # another way is there
        (
            EMAIL,
            (EMAIL,),
            "deliver email reminder 2026-06-30 09:10",
        ),  # none is: a provider's outage is no wrong address
        (LETTER, (LETTER,), "deliver letter reminder 2026-06-30 09:10"),  # and a full folder is none
    ],
)
def test_the_last_way_to_a_debtor_is_not_given_up_for_an_outage(
    channel: Channel, contacts: tuple[Channel, ...], after_a_day: str
) -> None:
    away = unavailable("reminder", channel, "2026-06-29 09:00", "2026-06-30 08:10")
    case = facts(INVOICE_READ, DUE_READ, away, contacts=tuple(contact(each) for each in contacts))
    assert said(case, "2026-06-30 09:00") == after_a_day


def test_what_was_not_taken_says_why_and_is_tried_at_once_when_its_provider_is_back() -> None:
    away = unavailable(
        "reminder", EMAIL, "2026-06-29 09:00", "2026-06-29 12:00", failure="the provider answered 503: later"
    )
    assert said(facts(INVOICE_READ, DUE_READ, away), "2026-06-29 12:03") == "deliver email reminder 2026-06-29 13:00"
    back = replace(away, try_again=True)
    assert said(facts(INVOICE_READ, DUE_READ, back), "2026-06-29 12:03") == "deliver email reminder 2026-06-29 12:03"
    assert decide(facts(INVOICE_READ, DUE_READ, back), "2026-06-29 12:03").why == (
        "not taken (the provider answered 503: later): tried again"
    )


def test_an_unavailable_channel_does_not_keep_the_other_one_waiting() -> None:
    away = unavailable("collection-notice", EMAIL, "2026-07-20 09:00", "2026-07-20 09:00")
    case = facts(away, contacts=(*WRITES, contact(LETTER)))
    assert said(case, "2026-07-20 09:01", BY_EMAIL) == "deliver letter collection-notice 2026-07-20 09:01"


# --- form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrote", "channel"), [("2026-02-01 10:00", EMAIL), ("2026-01-01 10:00", LETTER), (None, LETTER)]
)
def test_a_notice_goes_by_email_only_to_an_address_the_debtor_wrote_from_lately(
    wrote: str | None, channel: Channel
) -> None:
    contacts = (contact(EMAIL, wrote=wrote), contact(SMS), contact(LETTER))
    assert decide(facts(INVOICE_READ, contacts=contacts), "2026-07-20 09:00", BY_EMAIL).channel is channel


def test_a_reminder_with_a_fee_never_goes_by_an_informal_channel() -> None:
    plan = policy("""
  - {id: reminder, at: due date + 14 days, fee: statutory, reach: [email, letter], read_within: 2 days}
""")
    assert decide(facts(INVOICE_READ), "2026-06-29 09:00", plan).channel is LETTER


def test_a_notice_that_reaches_nobody_asks_a_person_for_an_address() -> None:
    case = facts(*TO_REMINDER, contacts=(contact(EMAIL), contact(SMS)))
    assert said(case, "2026-07-20 09:00") == "open address task collection-notice 2026-07-20 09:00"
    asked = replace(case, tasks=frozenset({("address", "collection-notice")}))
    assert decide(asked, "2026-07-20 09:00").flag == "no address"
    found = decide(replace(asked, contacts=EVERYWHERE), "2026-07-22 09:00")
    assert (found.channel, found.found_address) == (LETTER, "collection-notice")
    held = decide(replace(asked, contacts=EVERYWHERE, held=True), "2026-07-22 09:00")
    assert (held.kind, held.found_address) == ("wait", "collection-notice")
    assert decide(asked, "2026-07-20 09:00").found_address is None


def test_who_has_looked_for_an_address_and_given_none_is_asked_to_decide() -> None:
    """No case is left with a flag alone: of the notice that reaches nobody somebody decides."""
    done = frozenset({("address", "collection-notice")})
    case = facts(*TO_REMINDER, contacts=(contact(EMAIL), contact(SMS)), tasks=done, tasks_done=done)
    assert said(case, "2026-07-20 09:00") == "open decision task collection-notice 2026-07-20 09:00"
    asked = replace(case, tasks=done | {("decision", "collection-notice")})
    assert (decide(asked, "2026-07-20 09:00").kind, decide(asked, "2026-07-20 09:00").flag) == ("wait", "no address")
    assert decide(replace(asked, contacts=EVERYWHERE), "2026-07-22 09:00").channel is LETTER


def test_a_returned_notice_asks_for_an_address_and_goes_out_anew_with_a_full_deadline() -> None:
    returned = replace(NOTICE, state=DeliveryState.FAILED)
    case = facts(*TO_REMINDER, returned, *COPIES, contacts=(contact(EMAIL), contact(LETTER, usable=False)))
    assert said(case, "2026-07-30 09:00") == "open address task collection-notice 2026-07-30 09:00"
    asked = replace(case, tasks=frozenset({("address", "collection-notice")}))
    assert decide(asked, "2026-07-30 09:00").flag == "no address"
    found = replace(asked, contacts=EVERYWHERE)
    assert said(found, "2026-08-03 09:00") == "new round collection-notice 2026-08-03 09:00"
    anew = replace(found, round=2, tasks=frozenset())
    assert said(anew, "2026-08-03 09:00") == "deliver letter collection-notice 2026-08-03 09:00"


def test_a_notice_refused_by_an_address_that_looks_good_is_not_sent_in_a_hurry_again() -> None:
    refused = failed("collection-notice", LETTER, "2026-07-20 09:00")
    case = facts(*TO_REMINDER, refused, tasks=frozenset({("address", "collection-notice")}))
    assert said(case, "2026-07-20 10:00") == "new round collection-notice 2026-07-25 09:00"
    assert decide(case, "2026-07-20 10:00").found_address is None  # a person still looks for another one


def test_a_notice_that_only_an_agency_may_send_is_not_sent_and_flagged() -> None:
    agency = Row(date(2026, 7, 1), "any", (), "licensed agency")
    senders = replace(LAW.notice_senders, rows=(*LAW.notice_senders, agency))
    agencies = replace(LAW, notice_senders=senders)
    action = decide(facts(*TO_REMINDER), "2026-07-20 09:00", GENTLE, agencies)
    assert (action.kind, action.flag, action.at) == ("wait", "step unlawful", None)


def test_a_fee_without_its_row_in_the_law_waits_and_names_the_row() -> None:
    nudge = sent("friendly-reminder", EMAIL, "2026-12-28 09:00", read="2026-12-28 10:00", deadline=date(2027, 1, 4))
    case = facts(nudge, issue_date=date(2026, 12, 1), due_date=date(2026, 12, 21))
    action = decide(case, "2027-01-06 09:00", STANDARD, NORWAY)
    assert (action.kind, action.flag) == ("wait", "law missing")
    assert "no row in half_years for the half-year from 2027-01-01" in action.why


def test_facts_that_cannot_be_wait_for_a_person_whatever_else_they_say() -> None:
    cannot_be = facts(*TO_REMINDER, contradiction="the balance is not what is booked", balance=Decimal(0))
    action = decide(cannot_be, "2026-07-20 09:00")
    assert (action.kind, action.flag, action.at) == ("wait", "invariant broken", None)
    assert action.why == "the balance is not what is booked"


# --- people who need more care ---------------------------------------------------------------------------------


def test_a_minor_gets_letters_alone_and_no_calls() -> None:
    told = (replace(each, addressee="guardian") for each in TO_REMINDER)
    case = facts(*told, life=A_CHILD, balance=Decimal(6000), principal=Decimal(6000))
    assert decide(facts(life=A_CHILD), "2026-06-01 09:00").channel is LETTER
    assert decide(case, "2026-07-15 09:00").step == "collection-notice"


def test_a_person_approves_each_letter_to_a_protected_address() -> None:
    case = facts(*TO_REMINDER, life=(known("protected address"),))
    assert decide(case, "2026-07-20 09:00").flag == "protected address"
    approved = replace(case, send_now=frozenset({"collection-notice"}))
    assert said(approved, "2026-07-20 09:00") == "deliver letter collection-notice 2026-07-20 09:00"


def test_a_letter_that_waits_for_a_person_keeps_its_flag_while_the_ladder_goes_on() -> None:
    unread = (sent("invoice", EMAIL, "2026-06-01 09:00"), sent("invoice", SMS, "2026-06-03 09:00"))
    action = decide(facts(*unread, life=(known("protected address"),)), "2026-06-06 09:00")
    assert (action.step, action.flag) == ("due-date-reminder", "protected address")


def test_the_letter_of_a_step_that_has_begun_is_approved_by_asking_for_that_step() -> None:
    unread = (sent("invoice", EMAIL, "2026-06-01 09:00"), sent("invoice", SMS, "2026-06-03 09:00"))
    case = facts(*unread, life=(known("protected address"),))
    waits = decide(case, "2026-06-06 09:00")
    assert waits.to_approve == "invoice"
    approved = replace(case, send_now=frozenset({"invoice"}))
    assert said(approved, "2026-06-06 09:00") == "deliver letter invoice 2026-06-06 09:00"
    on_paper = replace(case, deliveries=(*unread, sent("invoice", LETTER, "2026-06-06 09:00")))
    assert decide(on_paper, "2026-06-06 09:00").to_approve is None


# --- what a person asks for ------------------------------------------------------------------------------------


def test_a_step_asked_for_goes_at_once_within_contact_hours() -> None:
    case = facts(INVOICE_READ, send_now=frozenset({"reminder"}))
    assert said(case, "2026-06-20 10:00") == "deliver email reminder 2026-06-20 10:00"
    assert said(case, "2026-06-20 16:00") == "deliver email reminder 2026-06-22 08:00"
    ahead_of_others = replace(case, balance=Decimal(6000), send_now=frozenset({"call"}))
    assert said(ahead_of_others, "2026-06-10 10:00") == "open call task phone call 2026-06-10 10:00"


def test_a_skipped_step_is_left_out() -> None:
    assert decide(facts(skipped=frozenset({"invoice"})), "2026-06-01 09:00").step == "due-date-reminder"


def test_a_hand_off_cannot_be_asked_for_before_a_notice_allows_it() -> None:
    early = facts(*TO_REMINDER, send_now=frozenset({"hand-off"}))
    assert said(early, "2026-07-02 09:00") == "deliver letter collection-notice 2026-07-20 09:00"
    running = facts(*TO_NOTICE, send_now=frozenset({"hand-off"}))
    assert said(running, "2026-08-07 10:00") == "hand off hand-off 2026-08-12 09:00"
    assert said(running, "2026-08-08 10:00") == "request approval hand-off 2026-08-08 10:00"


# --- the gate --------------------------------------------------------------------------------------------------

AT_THE_GATE = facts(*TO_NOTICE)
APPROVED = replace(AT_THE_GATE, approval="approved")


def test_a_person_approves_the_hand_off() -> None:
    assert said(AT_THE_GATE, "2026-08-12 09:00") == "request approval hand-off 2026-08-12 09:00"
    asked = replace(AT_THE_GATE, tasks=frozenset({("approval", "hand-off")}))
    assert said(asked, "2026-08-12 09:00") == "wait hand-off 2027-01-21 09:00"
    assert said(APPROVED, "2026-08-12 09:00") == "hand off hand-off 2026-08-12 09:00"


def test_an_approval_that_nobody_gives_is_flagged_and_overdue_after_five_banking_days() -> None:
    tasks = frozenset({("approval", "hand-off")})
    asked = replace(AT_THE_GATE, tasks=tasks, approval_asked_at=local("2026-08-12 23:30"))  # in UTC still the 12th
    waiting = decide(asked, "2026-08-13 09:00")
    assert (waiting.flag, waiting.at) == ("approval waiting", local("2026-08-19 09:00"))
    overdue = decide(asked, "2026-08-19 09:00")
    assert (overdue.flag, overdue.at) == ("approval overdue", local("2027-01-21 09:00"))
    assert "since 2026-08-12" in overdue.why
    after_midnight = replace(asked, approval_asked_at=local("2026-08-13 00:30"))  # in UTC it is the 12th
    assert decide(after_midnight, "2026-08-19 09:00").flag == "approval waiting"


def test_an_approval_asked_late_is_never_awaited_longer_than_the_notice_holds() -> None:
    asked = replace(
        AT_THE_GATE, tasks=frozenset({("approval", "hand-off")}), approval_asked_at=local("2027-01-19 09:00")
    )
    assert decide(asked, "2027-01-19 10:00").at == local("2027-01-21 09:00")


def test_a_rejected_hand_off_waits_for_a_person() -> None:
    action = decide(replace(AT_THE_GATE, approval="rejected"), "2026-08-12 09:00")
    assert (action.kind, action.flag, action.at) == ("wait", "hand-off rejected", None)


def test_a_notice_older_than_six_months_is_sent_anew_in_a_new_round() -> None:
    assert said(APPROVED, "2027-01-20 09:00") == "hand off hand-off 2027-01-20 09:00"
    assert said(APPROVED, "2027-01-21 09:00") == "new round hand-off 2027-01-21 09:00"
    again = replace(APPROVED, round=2, approval=None)
    assert said(again, "2027-01-21 09:00") == "deliver letter collection-notice 2027-01-21 09:00"


def test_what_is_left_of_fees_is_written_off_and_never_handed_off() -> None:
    case = replace(APPROVED, balance=Decimal(76), principal=Decimal(0))
    assert said(case, "2026-08-12 09:00") == "write off hand-off 2026-08-12 09:00"


@pytest.mark.parametrize("state", [HandOffState.QUEUED, HandOffState.EXPORTED])
def test_a_case_that_is_handed_off_is_silent_until_the_partner_answers(state: HandOffState) -> None:
    action = decide(replace(APPROVED, hand_off=state), "2026-09-12 09:00")
    assert (action.kind, action.at) == ("wait", None)


def test_a_hand_off_that_the_partner_rejects_is_asked_for_again() -> None:
    case = replace(AT_THE_GATE, hand_off=HandOffState.REJECTED)
    assert said(case, "2026-09-12 09:00") == "request approval hand-off 2026-09-12 09:00"


@pytest.mark.parametrize(
    "blocked", [{"disputed": True}, {"held": True}, {"stops": ("everything",)}, {"life": (known("deceased"),)}]
)
def test_nothing_passes_the_gate_while_something_stands_in_the_way(blocked: dict[str, Any]) -> None:
    assert decide(replace(APPROVED, **blocked), "2026-08-12 09:00").kind == "wait"


# --- the end ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"balance": Decimal(0)}, "paid"),
        ({"balance": Decimal(-5)}, "paid"),
        ({"balance": Decimal(0), "credited": True}, "credited"),
        ({"withdrawn": True}, "withdrawn"),
        ({"hand_off": HandOffState.ACCEPTED}, "handed off"),
        ({"hand_off": HandOffState.RECALLED}, "recalled"),
        ({"balance": Decimal("49.99")}, "balance ignored"),
        ({"balance": Decimal(0), "held": True, "disputed": True, "stops": ("everything",)}, "paid"),
    ],
)
def test_a_case_closes(changes: dict[str, object], outcome: str) -> None:
    assert decide(facts(**changes), "2026-07-02 09:00").outcome == outcome


def test_a_small_balance_is_not_ignored_once_it_is_handed_off() -> None:
    case = facts(balance=Decimal(20), hand_off=HandOffState.EXPORTED)
    assert decide(case, "2026-09-12 09:00").kind == "wait"


def test_a_policy_without_a_hand_off_ends_with_its_last_step() -> None:
    plan = policy("\n  - {id: reminder, at: due date + 14 days, reach: [email]}\n")
    assert (
        decide(facts(sent("reminder", EMAIL, "2026-06-29 09:00")), "2026-07-02 09:00", plan).outcome
        == "ladder finished"
    )


def test_a_shadow_decides_and_does_nothing_that_a_person_would_notice() -> None:
    shadow = replace(GENTLE, shadow=True)
    seen = tuple(replace(d, state=DeliveryState.SHADOW, accepted_at=None, posted_on=None) for d in TO_NOTICE)
    much = {"balance": Decimal(6000), "principal": Decimal(6000)}
    assert decide(facts(*seen[:3], **much), "2026-07-15 09:00", shadow).step == "collection-notice"
    assert decide(facts(*seen, approval="approved"), "2026-08-12 09:00", shadow).outcome == "shadow finished"
    nowhere = facts(*seen[:3], contacts=(contact(EMAIL),))
    assert decide(nowhere, "2026-07-20 09:00", shadow).kind == "hand off"


# --- fees ------------------------------------------------------------------------------------------------------

FEE_STEP = STANDARD.steps[STANDARD.index["reminder"]]


def fee(case: CaseFacts, on: date = date(2026, 6, 29)) -> Decimal:
    return fee_to_charge(STANDARD, LAW, case, FEE_STEP, on)


def test_a_fee_is_the_statutory_one_on_the_day_of_sending_and_never_earlier_than_the_law_allows() -> None:
    assert fee(facts(INVOICE_READ)) == 38
    assert fee(facts(INVOICE_READ), date(2026, 6, 28)) == 0


def test_a_step_without_a_fee_charges_none() -> None:
    assert fee_to_charge(GENTLE, LAW, facts(), GENTLE.steps[GENTLE.index["reminder"]], date(2026, 6, 29)) == 0


def test_a_minor_is_charged_no_fee() -> None:
    assert fee(facts(INVOICE_READ, life=A_CHILD)) == 0


def test_an_invoice_that_reached_nobody_bears_no_fee() -> None:
    assert fee(facts(failed("invoice", EMAIL, "2026-06-01 09:00"), failed("invoice", SMS, "2026-06-01 09:05"))) == 0
    assert fee(facts(failed("invoice", EMAIL, "2026-06-01 09:00"), sent("invoice", SMS, "2026-06-01 09:05"))) == 38


def test_a_second_fee_needs_a_missed_deadline_and_there_is_never_a_third() -> None:
    first = EarlierFee(date(2026, 6, 29), date(2026, 7, 20))
    second = EarlierFee(date(2026, 7, 27), date(2026, 8, 17))
    once, twice = facts(INVOICE_READ, earlier_fees=(first,)), facts(INVOICE_READ, earlier_fees=(first, second))
    assert fee(once, date(2026, 7, 20)) == 0
    assert fee(once, date(2026, 7, 21)) == 38
    assert fee(twice, date(2026, 8, 20)) == 0
    assert fee(twice, date(2027, 8, 20)) == 0


def test_an_act_is_due_from_its_moment_on() -> None:
    action = decide(facts(), "2026-06-01 10:00")
    assert action.at is not None
    assert action.is_due(action.at)
    assert not action.is_due(action.at - timedelta(seconds=1))


# --- plans, draws and disputes ---------------------------------------------------------------------------------

IN_TWO = (Instalment(1, date(2026, 7, 15), Decimal(401)), Instalment(2, date(2026, 10, 15), Decimal(401)))
CONFIRMED = sent("plan-agreed#7", EMAIL, "2026-06-20 09:00", read="2026-06-20 10:00")


def in_plan(*deliveries: Delivery, **changes: Any) -> CaseFacts:
    plan = ActivePlan(7, date(2026, 6, 20), IN_TWO, Decimal(0), changes.pop("chance_until", None))
    return facts(INVOICE_READ, CONFIRMED, *deliveries, plan=plan, **changes)


def test_a_chance_whose_message_has_no_answer_counts_all_the_same() -> None:
    silent = claimed("plan-broken#7", EMAIL, "2026-07-21 09:00", deadline=date(2026, 7, 28))
    case = in_plan(silent, contacts=(contact(EMAIL),))
    assert said(case, "2026-07-22 09:00") == "wait 2026-08-01 09:00"
    assert said(case, "2026-08-03 09:00") == "end plan 2026-08-03 09:00"


def test_a_chance_that_is_not_read_goes_to_the_next_channel_before_the_plan_ends() -> None:
    told = sent("plan-broken#7", EMAIL, "2026-07-21 09:00", deadline=date(2026, 7, 28))
    case = in_plan(told, chance_until=date(2026, 7, 28))
    assert said(case, "2026-07-21 09:01") == "deliver sms plan-broken#7 2026-07-22 09:00"


def test_a_chance_that_no_provider_takes_does_not_keep_the_plan_for_ever() -> None:
    away = [unavailable("plan-broken#7", channel, "2026-07-21 09:00", "2026-07-22 08:30") for channel in (EMAIL, SMS)]
    case = in_plan(*away, contacts=(contact(EMAIL), contact(SMS)))
    assert said(case, "2026-07-22 09:30") == "end plan 2026-07-22 09:30"


def test_an_instalment_whose_draw_may_still_succeed_is_not_missed() -> None:
    case = in_plan(claim_due=date(2026, 7, 15))
    assert said(case, "2026-07-21 09:00") == "wait 2026-07-23 09:00"
    assert said(case, "2026-07-23 09:00") == "deliver email plan-broken#7 2026-07-23 09:00"


def test_the_draw_of_a_later_instalment_does_not_excuse_the_one_that_is_missed() -> None:
    case = in_plan(claim_due=date(2026, 10, 15))
    assert said(case, "2026-07-21 09:00") == "deliver email plan-broken#7 2026-07-21 09:00"


def test_an_instalment_that_will_be_drawn_is_not_asked_for() -> None:
    assert said(in_plan(claim_due=date(2026, 7, 15)), "2026-07-13 09:00") == "wait 2026-07-21 09:00"


def test_too_little_that_is_not_disputed_waits_for_the_rest() -> None:
    case = facts(INVOICE_READ, balance=Decimal(540), disputed_amount=Decimal(500))
    waits = decide(case, "2026-06-29 09:00")
    assert (waits.kind, waits.flag) == (ActionKind.WAIT, "disputed")


def test_a_step_that_was_begun_keeps_its_distance_from_kind_words_that_came_since() -> None:
    begun = sent("reminder", EMAIL, "2026-06-29 09:00")
    note = sent("promise-broken#3", EMAIL, "2026-07-06 09:00", read="2026-07-06 10:00")
    promise = Promise(3, date(2026, 7, 3), Decimal(802), date(2026, 6, 30), Decimal(0))
    case = facts(INVOICE_READ, DUE_READ, begun, note, promises=(promise,))
    assert said(case, "2026-07-06 11:00") == "deliver sms reminder 2026-07-11 09:00"


def test_a_step_that_was_begun_keeps_its_distance_from_a_free_reminder_that_another_invoice_brought() -> None:
    begun = sent("reminder", EMAIL, "2026-06-29 09:00")
    assert said(facts(INVOICE_READ, DUE_READ, begun), "2026-07-06 11:00") == "deliver sms reminder 2026-07-06 11:00"
    rode_along = sent("first-reminder#1", EMAIL, "2026-07-06 09:00", read="2026-07-06 10:00")
    case = facts(INVOICE_READ, DUE_READ, begun, rode_along)
    assert said(case, "2026-07-06 11:00") == "deliver sms reminder 2026-07-11 09:00"


def test_kind_words_that_a_stop_switch_holds_up_half_way_hold_up_nothing_else() -> None:
    note = sent("promise-broken#3", EMAIL, "2026-07-06 09:00")
    promise = Promise(3, date(2026, 7, 3), Decimal(802), date(2026, 6, 20), Decimal(0))
    case = facts(INVOICE_READ, DUE_READ, note, promises=(promise,), stopped_channels=frozenset({SMS}))
    assert said(case, "2026-07-07 09:01") == "deliver email reminder 2026-07-11 09:00"


def test_a_promise_that_became_a_plan_is_not_called_broken() -> None:
    promise = Promise(3, date(2026, 7, 3), Decimal(802), date(2026, 6, 18), Decimal(0))
    assert said(in_plan(promises=(promise,)), "2026-07-06 09:00") == "deliver email instalment-due#7-1 2026-07-13 08:00"


def test_a_letter_about_a_chance_that_a_person_must_approve_does_not_keep_the_plan_for_ever() -> None:
    told = sent("plan-broken#7", EMAIL, "2026-07-21 09:00", deadline=date(2026, 7, 28))
    contacts = (contact(EMAIL), contact(LETTER))
    case = in_plan(told, chance_until=date(2026, 7, 28), contacts=contacts, life=(known("protected address"),))
    waits = decide(case, "2026-07-22 09:01")
    assert (waits.flag, in_oslo(waits.at)) == ("protected address", "2026-08-01 09:00")


# --- what the debtor wants -------------------------------------------------------------------------------------


def test_the_channel_that_the_debtor_prefers_is_tried_first_where_the_step_may_use_it() -> None:
    wants_sms = (known("prefers", "sms"),)
    assert decide(facts(life=wants_sms), "2026-06-01 09:00").channel is SMS
    assert decide(facts(*TO_REMINDER, life=wants_sms), "2026-07-20 09:00").channel is LETTER  # a notice has its form
    no_number = facts(life=wants_sms, contacts=(contact(EMAIL), contact(LETTER)))
    assert decide(no_number, "2026-06-01 09:00").channel is EMAIL


def test_a_preference_told_while_a_step_is_under_way_repeats_nothing() -> None:
    unread = sent("invoice", EMAIL, "2026-06-01 09:00")
    case = facts(unread, life=(known("prefers", "letter"),))
    assert decide(case, "2026-06-03 09:00").channel is SMS  # the next one, as it was begun
    both = facts(unread, sent("invoice", SMS, "2026-06-03 09:00"), life=(known("prefers", "email"),))
    assert decide(both, "2026-06-05 09:00").channel is LETTER


def test_a_pause_ends_by_itself_and_leaves_the_invoice_to_be_sent() -> None:
    paused = (known("pause", since=date(2026, 5, 20), until=date(2026, 7, 6)),)
    assert decide(facts(life=paused), "2026-06-01 09:00").step == "invoice"
    waiting = decide(facts(INVOICE_READ, DUE_READ, life=paused), "2026-06-29 09:00")
    assert (waiting.kind, waiting.why, in_oslo(waiting.at)) == ("wait", "a pause was asked for", "2026-07-06 09:00")
    assert decide(facts(INVOICE_READ, DUE_READ, life=paused), "2026-07-06 09:00").step == "reminder"
