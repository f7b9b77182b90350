"""Whatever the policy's law, people are reached by the clock, the days and the hours of where they live."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.calendar import Calendar
from domain.countries.law import Law
from domain.planner.action import Action, ActionKind
from domain.planner.calls import next_try
from domain.planner.case_facts import Announced, CaseFacts, Companion, PastEvent
from domain.planner.planner import next_action
from domain.policy.policy import law_of
from domain.vocabulary import CHANNELS, Channel
from tests.domain.builders import LAW, LAWS, contact, facts, local, policy, sent

BY_OSLO = LAW
OF_A_FINN = law_of(policy("  - {id: reminder, at: due date + 14 days, reach: [letter]}\n"), {"NO": LAW, 
    "FI": LAWS["FI"]}, "FI")  # fmt: skip
ON_ALAND = law_of(policy("  - {id: reminder, at: due date + 14 days, reach: [letter]}\n"), {"NO": LAW, 
    "FI": LAWS["FI"]}, "FI", "22100 MARIEHAMN")  # fmt: skip
HELSINKI = ZoneInfo("Europe/Helsinki")
WRITTEN = [channel for channel in CHANNELS.values() if not channel.rule.by_person]
OCCASIONS: dict[str, Any] = {
    "a person's answer": lambda at: {"answer": PastEvent("7-email", at)},
    "a statement": lambda at: {"statement_asked": PastEvent("7", at)},
    "the way to pay": lambda at: {"link_asked": PastEvent("7", at)},
    "a payment given up": lambda at: {"abandoned_payment": PastEvent("7", at)},
    "a failed draw": lambda at: {"failed_claim": PastEvent("7", at)},
    "what many are told": lambda at: {"announced": Announced("7", at, at.date() + timedelta(days=30))},
}


def helsinki(text: str) -> datetime:
    """A moment (UTC) from a local time in Helsinki."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(UTC)


def may_be_disturbed(at: datetime, *, on_aland: bool = False) -> bool:
    """Whether people in Finland are written to and called at a moment, read without the planner's own words."""
    there = at.astimezone(HELSINKI)
    free = there.weekday() == 6 or Calendar("FI", "Europe/Helsinki").is_public_holiday(there.date())
    free = free or (on_aland and (there.month, there.day) == (6, 9))
    opens, closes = (time(9), time(15)) if there.weekday() == 5 else (time(8), time(21))
    return not free and opens <= there.time() < closes


def reached(channel: Channel, planned: date, now: datetime, law: Law = OF_A_FINN, **known: Any) -> Action:
    """What comes of a step by one channel that is planned at 08:00 of a day, for somebody who has heard of the claim."""
    by_phone = "channel: phone" if channel is Channel.PHONE else f"reach: [{channel}]"
    plan = policy(f"  - {{id: step, at: due date + 14 days 08:00, {by_phone}}}\n")
    due = planned - timedelta(days=14)
    told = sent("invoice", Channel.EMAIL, f"{due - timedelta(days=20)} 12:00", read=f"{due - timedelta(days=20)} 13:00")
    case = facts(
        told, issue_date=due - timedelta(days=21), due_date=due, contacts=tuple(map(contact, WRITTEN)), **known
    )
    return next_action(plan, law, case, now)


@pytest.mark.parametrize("channel", [*WRITTEN, Channel.PHONE])
@pytest.mark.parametrize(
    ("planned", "now", "a_finn", "a_norwegian"),
    [
        # 6 December, a Monday in 2027, is Finland's alone; 17 May, a Monday in 2027, is Norway's.
        ("2027-12-06", "2027-12-06 08:00", "2027-12-07 08:00", "2027-12-06 09:00"),
        ("2027-05-17", "2027-05-17 08:00", "2027-05-17 08:00", "2027-05-18 09:00"),
        # Late in the evening and early in the morning it is an hour later there.
        ("2027-10-11", "2027-10-12 21:30", "2027-10-13 08:00", "2027-10-12 21:30"),
        ("2027-10-11", "2027-10-12 08:20", "2027-10-12 08:20", "2027-10-12 09:00"),
        # In the nights in which summer time begins and ends.
        ("2026-03-28", "2026-03-29 03:30", "2026-03-30 08:00", "2026-03-30 09:00"),
        ("2027-10-30", "2027-10-31 03:30", "2027-11-01 08:00", "2027-11-01 09:00"),
    ],
)
def test_a_finn_of_a_norwegian_creditor_is_reached_when_it_is_day_in_finland(
    channel: Channel, planned: str, now: str, a_finn: str, a_norwegian: str
) -> None:
    day, moment = date.fromisoformat(planned), helsinki(now)
    for law, expected in ((OF_A_FINN, a_finn), (BY_OSLO, a_norwegian)):
        action = reached(channel, day, moment, law)
        assert (action.step, action.channel, action.at) == ("step", channel, max(helsinki(expected), moment))


MOMENTS = st.integers(0, 363 * 24 * 60).map(
    lambda minutes: datetime(2027, 1, 2, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(at=MOMENTS, channel=st.sampled_from([*WRITTEN, Channel.PHONE]), late=st.integers(-3, 20))
def test_no_step_by_any_channel_disturbs_a_finn_at_night_or_on_a_holiday(
    at: datetime, channel: Channel, late: int
) -> None:
    action = reached(channel, at.date() - timedelta(days=late), at)
    assert action.at is not None
    assert may_be_disturbed(action.at) or action.kind is ActionKind.WAIT


@given(at=MOMENTS, what=st.sampled_from(sorted(OCCASIONS)))
def test_no_occasion_answer_or_notice_to_many_disturbs_a_finn_at_night_or_on_a_holiday(at: datetime, what: str) -> None:
    action = reached(Channel.LETTER, at.date() + timedelta(days=40), at, **OCCASIONS[what](at - timedelta(minutes=5)))
    assert action.kind is ActionKind.DELIVER
    assert action.at is not None
    assert may_be_disturbed(action.at)


@given(at=MOMENTS, after=st.integers(0, 70))
def test_what_joins_the_debtors_other_invoices_leaves_by_day_there(at: datetime, after: int) -> None:
    other = Companion("reminder", Channel.EMAIL, at + timedelta(hours=after), "NOK")
    action = reached(Channel.EMAIL, at.date(), at, companions=(other,))
    assert action.at is not None
    assert may_be_disturbed(action.at)


@given(at=MOMENTS, tries=st.integers(1, 3))
def test_whoever_did_not_answer_is_called_again_by_day_there(at: datetime, tries: int) -> None:
    missed = [at - timedelta(days=n) for n in range(tries)]
    assert may_be_disturbed(next_try(missed, OF_A_FINN.calendar, OF_A_FINN.contact_hours))


@pytest.mark.parametrize("channel", [*WRITTEN, Channel.PHONE])
@pytest.mark.parametrize("now", ["2027-06-08 21:30", "2027-06-09 00:30", "2027-06-09 08:00", "2027-06-09 20:59"])
def test_nobody_on_aland_is_reached_on_the_day_of_its_self_government(channel: Channel, now: str) -> None:
    at = helsinki(now)
    action = reached(channel, date(2027, 6, 8), at, ON_ALAND)
    assert (action.channel, action.at) == (channel, helsinki("2027-06-10 08:00"))
    in_helsinki = reached(channel, date(2027, 6, 8), at)
    assert in_helsinki.at == max(at, helsinki("2027-06-09 08:00"))


@given(minutes=st.integers(0, 4 * 24 * 60), what=st.sampled_from(sorted(OCCASIONS)), after=st.integers(0, 70))
def test_no_occasion_joint_message_or_call_disturbs_anybody_on_aland_that_day(
    minutes: int, what: str, after: int
) -> None:
    at = datetime(2027, 6, 7, tzinfo=UTC) + timedelta(minutes=minutes)
    other = Companion("reminder", Channel.EMAIL, at + timedelta(hours=after), "NOK")
    told = OCCASIONS[what](at - timedelta(minutes=5))
    moments = [
        reached(Channel.LETTER, at.date() + timedelta(days=40), at, ON_ALAND, **told).at,
        reached(Channel.EMAIL, at.date(), at, ON_ALAND, companions=(other,)).at,
        next_try([at], ON_ALAND.calendar, ON_ALAND.contact_hours),
    ]
    assert all(each is not None and may_be_disturbed(each, on_aland=True) for each in moments)


def test_the_law_of_the_policy_still_says_what_may_be_asked() -> None:
    assert (OF_A_FINN.country, OF_A_FINN.currency, OF_A_FINN.fees) == ("NO", "NOK", LAW.fees)
    assert OF_A_FINN.calendar.country == "FI"
    assert law_of(policy("  - {id: a, at: due date, reach: [email]}\n"), {"NO": LAW}, "NO") is LAW


def test_where_no_law_is_known_the_clock_and_the_holidays_still_are() -> None:
    in_spain = law_of(policy("  - {id: a, at: due date, reach: [email]}\n"), {"NO": LAW}, "ES")
    assert in_spain.calendar.is_public_holiday(date(2027, 10, 12))  # and no day of Norway's
    assert not in_spain.calendar.is_public_holiday(date(2027, 5, 17))
    assert in_spain.contact_hours is LAW.contact_hours


def test_a_day_is_the_debtors_own_in_the_hour_in_which_it_has_begun_there_alone() -> None:
    at = local("2027-06-14 23:30")  # 00:30 on the next day in Helsinki
    case: CaseFacts = facts(due_date=date(2027, 6, 14))
    assert (LAW.calendar.local_date(at), OF_A_FINN.calendar.local_date(at)) == (date(2027, 6, 14), date(2027, 6, 15))
    assert OF_A_FINN.effective_due(case.due_date) == date(2027, 6, 14)
