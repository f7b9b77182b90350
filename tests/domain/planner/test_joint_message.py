"""A debtor's messages that join: when all go, who rides, who bears the one fee."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.planner import joint_message
from domain.planner.action import ActionKind
from domain.planner.case_facts import Companion, HandOffState, Paid
from domain.planner.joint_message import bearer, free_under, leaves_at, rides
from domain.planner.preview import Ahead, Outcome, PreviewedAct, preview_together
from domain.policy.policy import ContactCap, Policy
from domain.vocabulary import Channel
from tests.domain.builders import DUE, LAW, SHIPPED, STANDARD, TO_NOTICE, TO_REMINDER, facts, in_oslo, local

CALENDAR = LAW.calendar
START = local("2026-06-01 00:00")
MONDAY = local("2026-06-29 10:00")
DAYS = 3

moments = st.integers(0, 60 * 24 * 12).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
messages = st.sampled_from(["reminder", "collection-notice", "due-date-reminder", "invoice", "block-warning"])
wishes = st.builds(Companion, messages, st.sampled_from([Channel.EMAIL, Channel.LETTER]), moments, st.just("NOK"))


def wish(at: str, message: str = "reminder", channel: Channel = Channel.LETTER, currency: str = "NOK") -> Companion:
    return Companion(message, channel, local(at), currency)


# --- when ------------------------------------------------------------------------------------------------------


def test_all_go_at_the_latest_moment_of_those_that_come_within_the_days() -> None:
    first, second, third = wish("2026-06-29 10:00"), wish("2026-07-01 09:00"), wish("2026-07-02 10:00")
    for own, others in ((first, [second, third]), (second, [third, first]), (third, [first, second])):
        assert leaves_at(own, others, DAYS, CALENDAR) == third.at


def test_a_chain_of_companions_does_not_postpone_for_ever() -> None:
    daily = [wish(f"2026-07-{day:02} 10:00") for day in range(1, 15)]
    assert in_oslo(leaves_at(daily[0], daily[1:], DAYS, CALENDAR)) == "2026-07-04 10:00"
    assert in_oslo(leaves_at(daily[3], daily, DAYS, CALENDAR)) == "2026-07-04 10:00"
    assert in_oslo(leaves_at(daily[4], daily, DAYS, CALENDAR)) == "2026-07-08 10:00"


@pytest.mark.parametrize("message", ["invoice", "due-date-reminder", "notice-alert"])
def test_a_message_of_the_day_waits_for_those_of_its_own_day_alone(message: str) -> None:
    own, later, tomorrow = (wish(at, message) for at in ("2026-06-29 09:00", "2026-06-29 15:00", "2026-06-30 08:00"))
    assert leaves_at(own, [later, tomorrow], DAYS, CALENDAR) == later.at


@pytest.mark.parametrize("message", ["paid", "handed-off"])
def test_a_last_word_waits_for_no_other_and_takes_along_whose_moment_has_come(message: str) -> None:
    own, later = wish("2026-06-29 10:00:00", message), wish("2026-06-29 10:00:02", message)
    assert leaves_at(own, [later], DAYS, CALENDAR) == own.at
    assert rides(own, later, own.at, CALENDAR)


@pytest.mark.parametrize(
    "other",
    [
        wish("2026-06-30 10:00", "collection-notice"),
        wish("2026-06-30 10:00", channel=Channel.EMAIL),
        wish("2026-06-30 10:00", currency="EUR"),
    ],
)
def test_another_message_channel_or_currency_is_not_waited_for(other: Companion) -> None:
    own = wish("2026-06-29 10:00")
    assert leaves_at(own, [other], DAYS, CALENDAR) == own.at
    assert not rides(own, other, other.at, CALENDAR)


@given(st.lists(wishes, min_size=1, max_size=12), st.integers(0, 5))
def test_joining_only_postpones_and_never_beyond_the_days(debtor: list[Companion], days: int) -> None:
    for own in debtor:
        at = leaves_at(own, debtor, days, CALENDAR)
        assert own.at <= at <= own.at + timedelta(days=days) or CALENDAR.local_date(at) == CALENDAR.local_date(own.at)
        assert at in {other.at for other in debtor if joint_message.same_message(own, other)}


@given(st.lists(wishes, min_size=1, max_size=12), st.integers(0, 5))
def test_all_of_a_group_agree_when_it_leaves_in_whatever_order_they_ask(debtor: list[Companion], days: int) -> None:
    turned = debtor[::-1]
    for own in debtor:
        at = leaves_at(own, debtor, days, CALENDAR)
        assert at == leaves_at(own, turned, days, CALENDAR)
        (last,) = {other for other in debtor if other.at == at and joint_message.same_message(own, other)}
        assert leaves_at(last, debtor, days, CALENDAR) == at, "who is waited for leaves then as well"


def test_a_message_seconds_ahead_goes_along_and_tomorrows_does_not() -> None:
    own, soon = wish("2026-06-29 23:58"), wish("2026-06-30 00:01")
    assert rides(wish("2026-06-29 10:00"), wish("2026-06-29 10:00"), MONDAY, CALENDAR)
    assert rides(
        wish("2026-06-29 10:00"), replace(wish("2026-06-29 10:00"), at=MONDAY + timedelta(seconds=7)), MONDAY, CALENDAR
    )
    assert not rides(wish("2026-06-29 10:00"), wish("2026-06-29 10:06"), MONDAY, CALENDAR)
    assert not rides(own, soon, own.at, CALENDAR)


# --- the one fee -----------------------------------------------------------------------------------------------


def test_the_smallest_fee_is_borne_once_by_the_invoice_that_has_been_due_the_longest() -> None:
    law = Decimal(38)
    assert bearer({1: (law, date(2026, 6, 15)), 2: (law, date(2026, 6, 14)), 3: (law, date(2026, 6, 14))}) == (2, law)
    assert bearer({1: (law, date(2026, 6, 1)), 2: (Decimal(20), date(2026, 6, 14))}) == (2, Decimal(20))
    assert bearer({1: (Decimal(0), date(2026, 6, 1)), 2: (law, date(2026, 6, 14))}) == (2, law)
    assert bearer({1: (Decimal(0), date(2026, 6, 1))}) == bearer({}) == (None, Decimal(0))


def test_a_joint_message_sounds_as_its_kindest_and_gives_the_latest_deadline() -> None:
    assert joint_message.tone(["firm", "kind", "neutral"]) == "kind"
    assert joint_message.deadline([date(2026, 7, 1), None, date(2026, 7, 3)]) == date(2026, 7, 3)
    assert joint_message.deadline([None]) is None


def test_the_cap_counts_messages_as_they_were_received() -> None:
    cap = ContactCap(count=2, days=7)
    got = [MONDAY, MONDAY + timedelta(days=1)]
    assert free_under([cap], got[:1], MONDAY + timedelta(days=2)) == (MONDAY + timedelta(days=2), None)
    assert free_under([cap], got, MONDAY + timedelta(days=2)) == (MONDAY + timedelta(days=7), cap)
    assert free_under([cap], got, MONDAY + timedelta(days=9)) == (MONDAY + timedelta(days=9), None)


@pytest.mark.parametrize(
    ("days", "wished", "free", "kept"),
    [
        ([0], 0.5, 1, 1),  # the day's
        ([0], 1, 1, None),
        ([0, 2, 4], 4.5, 7, 7),  # the week's, later than the day's
        ([0, 8, 16, 24], 26, 30, 30),  # the month's
        ([0, 26, 27, 28], 28.5, 33, 7),  # whichever is the last to end
        ([], 3, 3, None),
    ],
)
def test_each_cap_of_a_day_a_week_and_a_month_holds(
    days: list[float], wished: float, free: float, kept: int | None
) -> None:
    caps = [ContactCap(1, 1), ContactCap(3, 7), ContactCap(4, 30)]
    got = [MONDAY + timedelta(days=each) for each in days]
    at, cap = free_under(caps, got, MONDAY + timedelta(days=wished))
    assert (at - MONDAY, cap.days if cap else None) == (timedelta(days=free), kept)


# --- whole lives -----------------------------------------------------------------------------------------------


Acts = list[list[tuple[int, PreviewedAct]]]


def lives(policy: Policy, dues: Sequence[date], outcome: Outcome | None = None, **changes: object) -> Acts:
    """What goes out to a debtor with an invoice for each due date, run ahead together."""
    cases = [
        Ahead(policy, LAW, facts(case=f"dunning/acme/{number}", due_date=due, **changes))
        for number, due in enumerate(dues, start=1001)
    ]
    return list(preview_together(cases, START, outcome))


def sent(acts: Acts) -> Acts:
    """The messages among the acts."""
    return [act for act in acts if act[0][1].action.kind is ActionKind.DELIVER]


@pytest.mark.parametrize("count", [4, 10])
@pytest.mark.parametrize("name", ["no-gentle", "no-standard", "no-minimal-cost"])
def test_many_invoices_due_on_a_day_live_the_life_of_one(name: str, count: int) -> None:
    one = lives(SHIPPED[name], [DUE])
    many = lives(SHIPPED[name], [DUE] * count)
    assert [(act[0][1].at, act[0][1].action.step, act[0][1].fee, act[0][1].deadline) for act in sent(one)] == [
        (act[0][1].at, act[0][1].action.step, sum(each.fee for _, each in act), act[0][1].deadline)
        for act in sent(many)
    ]
    assert all(len(act) == count for act in sent(many))


SETTLED = {
    "balance": Decimal(0),
    "principal": Decimal(0),
    "deliveries": TO_REMINDER,
    "paid": Paid(Decimal(802), local("2026-07-01 10:00"), date(2026, 7, 1)),
}
ACCEPTED = {"deliveries": TO_NOTICE, "hand_off": HandOffState.ACCEPTED, "partner_known": True}


@pytest.mark.parametrize("hour", ["2026-07-21 12:00", "2026-07-21 23:30"])
@pytest.mark.parametrize(("message", "ended"), [("paid", SETTLED), ("handed-off", ACCEPTED)])
def test_the_last_words_of_a_debtors_cases_are_one_message_and_each_case_closes_by_itself(
    message: str, ended: dict[str, Any], hour: str
) -> None:
    often = tuple(local(f"2026-07-21 0{each}:00") for each in range(9))  # no cap keeps a last word
    over = [Ahead(STANDARD, LAW, facts(case=f"dunning/acme/{n}", recent_contacts=often, **ended)) for n in range(10)]
    goes_on = Ahead(STANDARD, LAW, facts(*TO_REMINDER, case="dunning/acme/10"))
    until = local("2026-07-22 10:00")
    ((first, *others), *closing) = [
        acts for acts in preview_together([*over, goes_on], local(hour), until=until) if acts[0][0] < len(over)
    ]
    assert (first[1].action.step, len(others)) == (f"{message}#1", 9)
    assert closing == []
    ends = [acts for acts in preview_together(over, local(hour)) if acts[0][1].action.kind is ActionKind.CLOSE]
    assert len(ends) == len(over)


def test_who_pays_one_a_minute_later_is_thanked_for_it_the_day_after_and_not_twice_a_day() -> None:
    said = (("paid", local("2026-07-01 12:00")),)
    later = Ahead(STANDARD, LAW, facts(told_of_others=said, **SETTLED))
    ((_, thanks), *_) = [acts[0] for acts in preview_together([later], local("2026-07-01 12:01"))]
    assert (thanks.action.step, in_oslo(thanks.at)) == ("paid#1", "2026-07-02 09:00")


dues = st.lists(st.integers(0, 25).map(lambda days: DUE + timedelta(days=days)), min_size=1, max_size=5)


@given(dues, st.sampled_from(["no-gentle", "no-standard", "no-minimal-cost"]), st.sampled_from([None, Channel.EMAIL]))
def test_nobody_gets_a_message_twice_on_a_day_or_two_fees_for_one_or_more_than_the_cap(
    due: list[date], name: str, reads: Channel | None
) -> None:
    policy = SHIPPED[name]
    days: Counter[object] = Counter()
    contacts: list[datetime] = []
    for act in sent(lives(policy, due, Outcome(reads))):
        first = act[0][1]
        wish = joint_message.wish_of(policy, facts(), first.action)
        assert wish is not None
        days[CALENDAR.local_date(first.at), wish.message, wish.channel if first.action.alert else None] += 1
        assert sum(1 for _, each in act if each.fee) <= 1
        if not first.action.alert:
            for cap in policy.contact_cap:
                recent = [at for at in contacts if at > first.at - timedelta(days=cap.days)]
                assert wish.message == "collection-notice" or len(recent) < cap.count
            contacts.append(first.at)
    assert max(days.values()) == 1


@given(dues)
def test_each_invoice_still_gets_each_step_once_in_a_round(due: list[date]) -> None:
    got: dict[int, list[tuple[str | None, Channel | None]]] = defaultdict(list)
    for act in sent(lives(STANDARD, due)):
        for place, each in act:
            got[place].append((each.action.step, each.action.channel))
    for steps in got.values():
        assert len(steps) == len(set(steps))
        assert ("collection-notice", Channel.LETTER) in steps
