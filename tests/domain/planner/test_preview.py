"""The preview: the planner run ahead, with every act done as if on paper."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreements.direct_debit import grace_ends
from domain.agreements.instalments import Instalment
from domain.money.interest import accrued
from domain.planner.action import ActionKind
from domain.planner.case_facts import ActivePlan, CaseFacts, HandOffState
from domain.planner.preview import Ahead, Household, Outcome, PreviewedAct, preview
from domain.policy.policy import Policy
from domain.vocabulary import CHANNELS, Channel
from tests.domain.builders import DUE, GENTLE, ISSUED, LAW, MINIMAL, NORWAY, SHIPPED, STANDARD, contact, facts, local

BUSINESS, SERVICE = SHIPPED["no-business"], SHIPPED["no-service"]
START = local("2026-06-01 00:00")


def calendar_of(acts: list[PreviewedAct]) -> list[tuple[str | None, str]]:
    return [
        (act.action.step, act.action.channel if act.action.channel else act.action.kind)
        for act in acts
        if not act.action.alert
    ]


def test_a_debtor_who_reads_nothing_goes_through_every_step_to_the_hand_off() -> None:
    acts = preview(STANDARD, LAW, facts(), START)
    steps = list(dict.fromkeys(act.action.step for act in acts if act.action.step))
    assert steps == [
        "invoice", "due-date-reminder", "friendly-reminder", "reminder", "collection-notice", "hand-off"
    ]  # fmt: skip
    assert acts[-1].action.outcome == "handed off"


def test_a_debtor_who_reads_email_gets_no_second_channel() -> None:
    acts = preview(GENTLE, LAW, facts(), START, Outcome(reads=Channel.EMAIL))
    messages = [place for place in calendar_of(acts) if place[1] in CHANNELS]
    assert [step for step, channel in messages if channel == "sms"] == []
    assert ("collection-notice", "letter") in messages  # its form is the law's, whatever is read


def test_a_debtor_without_an_email_address_begins_with_sms() -> None:
    acts = preview(GENTLE, LAW, facts(contacts=(contact(Channel.SMS), contact(Channel.LETTER))), START)
    assert calendar_of(acts)[0] == ("invoice", "sms")


def test_fees_are_told_and_never_more_than_two() -> None:
    fees = [act.fee for act in preview(STANDARD, LAW, facts(), START) if act.fee]
    assert fees == [Decimal(38), Decimal(38)]


def test_the_deadline_of_a_letter_counts_from_its_arrival() -> None:
    (notice,) = [
        act
        for act in preview(GENTLE, LAW, facts(), START, Outcome(reads=Channel.EMAIL))
        if act.action.step == "collection-notice" and act.action.channel is Channel.LETTER
    ]
    sent = LAW.calendar.local_date(notice.at)
    assert notice.deadline is not None
    assert notice.deadline >= LAW.calendar.add_banking_days(sent, 1 + LAW.letter_transit.on(sent)) + timedelta(days=14)


def test_a_service_is_blocked_once_four_weeks_after_the_warning_came() -> None:
    acts = preview(SERVICE, LAW, facts(), START)
    (warning,) = [act for act in acts if act.action.step == "block-warning" and not act.action.alert]
    (block,) = [act for act in acts if act.action.kind is ActionKind.BLOCK_SERVICE]
    assert warning.deadline is not None
    assert warning.deadline >= LAW.calendar.local_date(warning.at) + timedelta(days=28)
    assert LAW.calendar.local_date(block.at) > warning.deadline
    assert acts[-1].action.outcome == "handed off"


def test_a_business_pays_compensation_once_and_no_fee_beside_it() -> None:
    acts = preview(BUSINESS, LAW, facts(debtor_kind="business"), START)
    assert [(act.action.step, act.fee) for act in acts if act.fee] == [("reminder", Decimal(430))]
    charged = preview(BUSINESS, LAW, facts(debtor_kind="business", charged=Decimal(38)), START)
    assert [act.fee for act in charged if act.fee] == [Decimal(392)]
    assert not any(act.fee for act in preview(BUSINESS, LAW, facts(), START))  # a consumer, whatever the policy says


def test_a_plan_that_nobody_pays_gets_its_chance_and_the_steps_go_on() -> None:
    monthly = tuple(Instalment(number, date(2026, 6 + number, 15), Decimal(401)) for number in (1, 2))
    agreed = ActivePlan(id=7, agreed_on=ISSUED, instalments=monthly, paid=Decimal(0))
    acts = preview(GENTLE, LAW, facts(plan=agreed), START, Outcome(reads=Channel.EMAIL))
    kinds = [act.action.step or act.action.kind for act in acts]
    assert kinds.index("plan-agreed#7") < kinds.index("instalment-due#7-1") < kinds.index("plan-broken#7")
    assert kinds.index("plan-broken#7") < kinds.index("end plan") < kinds.index("collection-notice")


def test_a_notice_claims_the_interest_that_ran_where_the_policy_wants_any() -> None:
    reads = Outcome(reads=Channel.EMAIL)  # unread, the invoice's letter would move the due date
    (notice,) = [act for act in preview(BUSINESS, LAW, facts(), START, reads) if act.interest]
    day = LAW.calendar.local_date(notice.at)
    assert notice.action.step == "collection-notice"
    assert notice.interest == accrued([(ISSUED, Decimal(802))], DUE, day, LAW) > 0
    assert not any(act.interest for act in preview(GENTLE, LAW, facts(), START))
    before = facts(principal_changes=((ISSUED, Decimal(802)),), interest_charged=Decimal(5))
    (less,) = [act for act in preview(BUSINESS, LAW, before, START, reads) if act.interest]
    assert less.interest == notice.interest - 5


def test_interest_charged_for_days_that_were_paid_is_taken_back_first() -> None:
    known = ((ISSUED, Decimal(802)), (date(2026, 7, 1), Decimal(-402)))
    case = facts(
        balance=Decimal(420),
        principal=Decimal(400),
        principal_changes=known,
        interest_charged=Decimal(20),
        interest_through=date(2026, 7, 15),
    )
    acts = preview(GENTLE, LAW, case, local("2026-07-16 10:00"))
    assert [act.action.kind for act in acts].count(ActionKind.TAKE_BACK_INTEREST) == 1
    assert acts[0].action.kind is ActionKind.TAKE_BACK_INTEREST


def test_without_approval_the_preview_ends_with_a_person_who_is_waited_for() -> None:
    acts = preview(GENTLE, LAW, facts(), START, Outcome(approves=False))
    assert "hand off" not in [act.action.kind for act in acts]
    assert any(act.action.kind is ActionKind.REQUEST_APPROVAL for act in acts)


def test_a_step_that_was_skipped_is_not_previewed() -> None:
    acts = preview(GENTLE, LAW, facts(skipped=frozenset({"reminder"})), START)
    assert "reminder" not in [act.action.step for act in acts]


def test_a_horizon_cuts_the_preview_off() -> None:
    until = START + timedelta(days=15)
    acts = preview(GENTLE, LAW, facts(), START, Outcome(reads=Channel.EMAIL), until=until)
    assert acts
    assert all(act.at <= until for act in acts)
    assert {act.action.step for act in acts} == {"invoice", "due-date-reminder"}


@pytest.mark.parametrize("still", [{"disputed": True}, {"held": True}, {"stops": ("everything",)}])
def test_a_case_that_stands_still_has_nothing_ahead_but_what_it_waits_for(still: dict[str, object]) -> None:
    (only,) = preview(GENTLE, LAW, facts(**still), START)
    assert only.action.kind is ActionKind.WAIT


def test_a_case_that_is_with_the_partner_waits_for_the_partner() -> None:
    (only,) = preview(GENTLE, LAW, facts(hand_off=HandOffState.EXPORTED), START)
    assert "partner" in only.action.why


def test_a_half_year_without_its_row_ends_the_preview_by_naming_it() -> None:
    late = facts(issue_date=date(2030, 1, 7), due_date=date(2030, 1, 21))
    acts = preview(STANDARD, NORWAY, late, local("2030-01-07 00:00"))
    assert acts[-1].action.flag == "law missing"
    assert "2030" in acts[-1].action.why


@given(
    plan=st.sampled_from([GENTLE, STANDARD, MINIMAL, BUSINESS, SERVICE]),
    due=st.dates(date(2026, 1, 15), date(2028, 12, 31)),
    channels=st.sets(st.sampled_from([Channel.EMAIL, Channel.SMS, Channel.LETTER]), min_size=1),
    reads=st.sampled_from([None, Channel.EMAIL, Channel.SMS]),
    amount=st.decimals("1", "20000", places=2),
)
def test_every_preview_ends_in_order_of_time_and_inside_contact_hours(
    plan: Policy, due: date, channels: set[Channel], reads: Channel | None, amount: Decimal
) -> None:
    case = replace(
        facts(contacts=tuple(map(contact, sorted(channels)))),
        issue_date=due - timedelta(days=14),
        due_date=due,
        balance=amount,
        principal=amount,
    )
    acts = preview(plan, LAW, case, _midnight(case), Outcome(reads=reads))
    moments = [act.at for act in acts]
    assert moments == sorted(moments)
    last = acts[-1].action
    assert last.kind is ActionKind.CLOSE or last.flag is not None
    for act in acts:
        if act.action.kind is ActionKind.DELIVER:
            assert LAW.calendar.next_contact_time(act.at, LAW.contact_hours) == act.at


def _midnight(case: CaseFacts) -> datetime:
    return LAW.calendar.at(case.issue_date, time(0))


def test_an_invoice_that_a_mandate_covers_is_drawn_before_anything_is_asked_for() -> None:
    acts = preview(GENTLE, LAW, facts(drawable=True), local("2026-06-01 08:00"))
    steps = [act.action.step for act in acts if act.action.kind is ActionKind.DELIVER]
    assert not [step for step in steps if step and step.startswith("draw-called-off")]
    grace = LAW.calendar.at(grace_ends(LAW.calendar, DUE), time.max)
    assert {act.action.step for act in acts if act.at <= grace} == {"invoice"}


def test_who_parts_in_the_middle_goes_on_as_the_other_would_have() -> None:
    one = Household([Ahead(STANDARD, LAW, facts())], START, Outcome(), None)
    acts = one.acts()
    first = [next(acts) for _ in range(3)]
    other = one.parted()
    rest = list(other.acts())
    assert rest
    assert (
        [*first, *rest]
        == [*first, *acts]
        == list(Household([Ahead(STANDARD, LAW, facts())], START, Outcome(), None).acts())
    )
