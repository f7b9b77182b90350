"""What many are told comes once, by one way, after what the case has to say, and keeps nothing waiting."""

from datetime import date
from typing import Any

import pytest

from domain.parties.life_events import LifeKind
from domain.planner.announcing import LeftOut, way_to
from domain.planner.case_facts import Announced, CaseFacts, DeliveryState
from domain.vocabulary import Channel
from tests.domain.builders import DUE_READ, GENTLE, INVOICE_READ, LAW, contact, facts, failed, known, local, said, sent

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
TOLD = Announced("12", local("2026-06-18 12:00"), date(2026, 6, 21))
AT = "2026-06-18 12:30"


def case(*deliveries: Any, **changes: Any) -> CaseFacts:
    return facts(*(deliveries or (INVOICE_READ, DUE_READ)), **{"announced": TOLD} | changes)


def test_it_comes_at_once_by_email_and_once() -> None:
    assert said(case(), AT) == f"deliver email announcement#12 {AT}"
    told = sent("announcement#12", EMAIL, AT)
    assert "announcement" not in said(
        case(INVOICE_READ, DUE_READ, told), "2026-06-20 09:00"
    )  # unread is no reason for an SMS


def test_an_address_that_fails_is_followed_by_an_sms_and_never_by_a_letter() -> None:
    gone = failed("announcement#12", EMAIL, AT)
    assert "deliver sms announcement#12" in said(case(INVOICE_READ, DUE_READ, gone), "2026-06-18 13:00")
    assert "announcement" not in said(case(contacts=(contact(LETTER),)), AT)


@pytest.mark.parametrize("channel", [EMAIL, SMS])
def test_it_is_not_the_first_word_about_a_claim(channel: Channel) -> None:
    told = sent("announcement#12", channel, "2026-06-15 09:00", read="2026-06-15 10:00")
    unheard = facts(announced=None)
    heard = facts(told, announced=None)
    assert said(heard, "2026-07-20 09:00").split()[:3] == said(unheard, "2026-07-20 09:00").split()[:3]


def test_it_waits_for_the_morning_and_not_beyond_its_last_day() -> None:
    saturday_night = "2026-06-20 23:30"
    weekend = case(announced=Announced("12", local(saturday_night), date(2026, 6, 22)))
    assert said(weekend, saturday_night).startswith("deliver email announcement#12 2026-06-22")
    over = case(announced=Announced("12", local(saturday_night), date(2026, 6, 21)))
    assert "announcement" not in said(over, saturday_night)
    assert "announcement" not in said(case(), "2026-06-22 09:00")


def test_it_waits_for_the_contact_cap_and_gives_up_on_its_last_day() -> None:
    lately = tuple(local(f"2026-06-{day} 09:00") for day in (15, 16, 18))
    assert "announcement" not in said(case(recent_contacts=lately), AT)  # three in seven days: free on the 22nd
    longer = Announced("12", TOLD.at, date(2026, 6, 23))
    assert "announcement#12 2026-06-22" in said(case(recent_contacts=lately, announced=longer), AT)


def test_what_is_said_of_the_claim_comes_first_and_nothing_waits_for_it() -> None:
    reminder = "2026-07-08 09:00"
    late = Announced("12", local("2026-07-08 08:30"), date(2026, 7, 10))
    assert "reminder" in said(case(announced=late), reminder)
    stopped = case(announced=late, stopped_channels=frozenset({EMAIL, SMS}))
    assert said(stopped, reminder) == said(case(announced=None, stopped_channels=frozenset({EMAIL, SMS})), reminder)


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({}, EMAIL),
        ({"open": False}, LeftOut.CLOSED),
        ({"held": True}, LeftOut.STANDS_STILL),
        ({"disputed": True}, LeftOut.STANDS_STILL),
        ({"stops": ("everything",)}, LeftOut.STOP_SWITCH),
        ({"shadow": True}, LeftOut.SHADOW),
        ({"contacts": (contact(LETTER),)}, LeftOut.NO_ADDRESS),
        ({"contacts": (contact(SMS),)}, SMS),
        *(
            ({"life": (known(kind),)}, LeftOut.NOT_TO_THEM)
            for kind in (LifeKind.DECEASED, LifeKind.MINOR, LifeKind.PAUSE, LifeKind.NOT_ME, LifeKind.OTHER)
        ),
    ],
)
def test_who_is_left_out_and_why(changes: dict[str, Any], way: object) -> None:
    found = case(**changes)
    assert way_to(GENTLE, LAW, found, local(AT), opted_out=False) == way
    if isinstance(way, LeftOut):
        assert "announcement" not in said(found, AT) or found.shadow or not found.open
    assert way_to(GENTLE, LAW, case(), local(AT), opted_out=True) is LeftOut.OPTED_OUT


def test_no_answer_is_waited_for_before_it_is_sent_again() -> None:
    claimed = sent("announcement#12", EMAIL, AT, state=DeliveryState.CLAIMED)
    assert "deliver" not in said(case(INVOICE_READ, DUE_READ, claimed), "2026-06-18 12:35")
