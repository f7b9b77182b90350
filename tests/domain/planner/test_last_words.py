"""Before a case closes its debtor is thanked, or told who has it now: once, by what was read, and never at any price."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.planner.case_facts import CaseFacts, HandOffState, Paid
from domain.vocabulary import Channel
from tests.domain.builders import (
    DUE_READ,
    INVOICE_READ,
    NOTICE,
    TO_NOTICE,
    TO_REMINDER,
    contact,
    facts,
    failed,
    known,
    local,
    said,
    sent,
)

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
CAME = Paid(Decimal(802), local("2026-07-01 10:00"), date(2026, 7, 1))
NOON = "2026-07-01 12:00"
BY_LETTER = sent("reminder", LETTER, "2026-06-29 09:00", posted_on=date(2026, 6, 30))
BY_WHATSAPP = sent("reminder", Channel.DIRECT_MESSAGE, "2026-06-29 09:00", read="2026-06-29 12:00")
BY_SMS = sent("reminder", SMS, "2026-06-29 09:00", read="2026-06-29 12:00")


def settled(*deliveries: Any, **changes: Any) -> CaseFacts:
    """A case whose money has come."""
    return facts(*deliveries, **({"balance": Decimal(0), "principal": Decimal(0), "paid": CAME} | changes))


@pytest.mark.parametrize(
    ("case", "right"),
    [
        (settled(*TO_REMINDER), "deliver email paid#1 2026-07-01 12:00"),
        (settled(INVOICE_READ, BY_SMS), "deliver sms paid#1 2026-07-01 12:00"),  # what was read last
        (settled(INVOICE_READ, BY_WHATSAPP), "deliver email paid#1 2026-07-01 12:00"),  # no approved words say thanks
        (settled(INVOICE_READ, DUE_READ), "close"),  # who was reminded of nothing gets no more letters
        (
            settled(INVOICE_READ, paid=Paid(CAME.amount, CAME.at, CAME.dated, announced=True)),
            "deliver email paid#1 2026-07-01 12:00",
        ),
        (settled(*TO_REMINDER, credited=True), "close"),
        (settled(*TO_REMINDER, paid=None), "close"),
        (settled(*TO_REMINDER, sent("paid#1", EMAIL, "2026-07-01 10:01")), "close"),
        (settled(*TO_REMINDER, failed("paid#1", EMAIL, "2026-07-01 10:01")), "deliver sms paid#1 2026-07-01 12:00"),
        (settled(*TO_REMINDER, held=True, hold_reason="says paid"), "deliver email paid#1 2026-07-01 12:00"),
        (settled(*TO_REMINDER, disputed=True), "close"),
        (settled(*TO_REMINDER, stops=("everything",)), "close"),
        (settled(*TO_REMINDER, life=(known("deceased", "died"),)), "close"),
        (settled(*TO_REMINDER, open=False), "close"),  # closed long ago: nothing more is said
        (settled(*TO_REMINDER, round=2), "close"),  # another round, in which nobody was reminded
        (settled(INVOICE_READ, BY_LETTER, contacts=(contact(LETTER),)), "close"),  # thanks cost no stamp
        (
            settled(
                INVOICE_READ, BY_LETTER, contacts=(contact(LETTER),), paid=Paid(CAME.amount, CAME.at, date(2026, 6, 26))
            ),
            "deliver letter paid#1 2026-07-01 12:00",  # an apology does
        ),
        (
            settled(*TO_REMINDER, recent_contacts=tuple(local(f"2026-07-01 0{hour}:00") for hour in range(9))),
            "deliver email paid#1 2026-07-01 12:00",
        ),
        (settled(*TO_REMINDER, contacts=()), "close"),
    ],
)
def test_thanks_follow_a_reminder_when_money_settles_the_case(case: CaseFacts, right: str) -> None:
    assert said(case, NOON) == right


def test_thanks_wait_for_the_morning() -> None:
    assert said(settled(*TO_REMINDER), "2026-07-01 23:30").startswith("deliver email paid#1 2026-07-02")


@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, "deliver email handed-off#1 2026-09-01 12:00"),
        ({"partner_known": False}, "close"),
        ({"deliveries": (*TO_NOTICE, sent("handed-off#1", EMAIL, "2026-09-01 10:00"))}, "close"),
        ({"contacts": (contact(LETTER),)}, "deliver letter handed-off#1 2026-09-01 12:00"),
        ({"life": (known("deceased", "died"),)}, "close"),
        ({"hand_off": HandOffState.EXPORTED}, "wait"),
        ({"answers_since": local("2026-09-01 11:50")}, "deliver email handed-off#1 2026-09-01 12:05"),
        ({"answers_since": local("2026-09-01 11:40")}, "deliver email handed-off#1 2026-09-01 12:00"),
    ],
)
def test_who_has_the_case_now_is_told_once_the_partner_has_accepted_it(changes: dict[str, Any], right: str) -> None:
    values = {"hand_off": HandOffState.ACCEPTED, "partner_known": True} | changes
    case = facts(*values.pop("deliveries", TO_NOTICE), **values)
    assert said(case, "2026-09-01 12:00") == right


def test_a_notice_alone_is_a_reminder_too() -> None:
    assert said(settled(INVOICE_READ, NOTICE), "2026-07-21 12:00") == "deliver email paid#1 2026-07-21 12:00"
