"""The reader finds what each rule is for: a debtor wronged in one way is told of in one way."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.oracle.reading import Claim, Debtor, HandedOff, Told, effective, faults

OSLO = ZoneInfo("Europe/Oslo")
FEE = Decimal(38)


def at(day: str, clock: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=OSLO)


INVOICE = Told(at("2027-02-01"), "invoice", "invoice", "email", ("1001",))
REMINDER = Told(
    at("2027-03-02"), "reminder", "reminder", "letter", ("1001",), fee=FEE, fee_on="1001", deadline=date(2027, 3, 23)
)
NOTICE = Told(
    at("2027-03-31", "09:00"),
    "collection-notice",
    "collection-notice",
    "letter",
    ("1001",),
    fee=FEE,
    fee_on="1001",
    deadline=date(2027, 4, 22),
    asked={"1001": Decimal(802)},
)
GONE = HandedOff(at("2027-04-29"), "1001", Decimal(802))
TREATED_WELL = Debtor((Claim("1001", date(2027, 2, 15)),), (INVOICE, REMINDER, NOTICE), (GONE,))


def wronged(*told: Told, gone: HandedOff = GONE) -> set[str]:
    """The rules that the reader finds broken when the debtor was told this instead."""
    return {fault.partition(":")[0] for fault in faults(replace(TREATED_WELL, told=told, handed_off=(gone,)))}


def test_a_debtor_who_was_treated_well_has_nothing_to_complain_of() -> None:
    assert faults(TREATED_WELL) == []


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ((INVOICE, INVOICE, REMINDER, NOTICE), "one_message_of_a_kind_a_day"),
        ((INVOICE, REMINDER, replace(REMINDER, channel="email", fee=FEE), NOTICE), "one_fee_a_day"),
        ((INVOICE, replace(REMINDER, fee=Decimal(39)), NOTICE), "a_fee_is_small_late_and_rare"),
        ((INVOICE, replace(REMINDER, at=at("2027-02-26")), NOTICE), "a_fee_is_small_late_and_rare"),
        ((INVOICE, replace(REMINDER, channel="sms"), NOTICE), "what_costs_goes_in_the_form_of_the_law"),
        ((NOTICE,), "a_notice_comes_after_words_and_gives_days"),
        ((INVOICE, REMINDER, replace(NOTICE, deadline=date(2027, 4, 13))), "a_notice_comes_after_words_and_gives_days"),
        ((replace(INVOICE, failed=True), REMINDER, NOTICE), "nothing_costs_that_nobody_was_told_of"),
        ((INVOICE, replace(REMINDER, deadline=date(2027, 4, 1)), NOTICE), "a_printed_deadline_is_kept"),
        ((INVOICE, REMINDER, replace(NOTICE, asked={"1001": Decimal(500)})), "a_hand_off_is_what_the_notice_asked_for"),
        ((INVOICE, REMINDER, replace(NOTICE, failed=True)), "a_hand_off_is_what_the_notice_asked_for"),
        ((replace(INVOICE, at=at("2027-02-07")), REMINDER, NOTICE), "messages_come_at_decent_hours"),
        ((replace(INVOICE, at=at("2027-02-01", "21:30")), REMINDER, NOTICE), "messages_come_at_decent_hours"),
    ],
)
def test_each_wrong_is_found_by_the_rule_that_forbids_it(told: tuple[Told, ...], rule: str) -> None:
    assert rule in wronged(*told)


def test_a_hand_off_inside_the_deadline_is_found() -> None:
    early = replace(GONE, at=at("2027-04-22"))
    assert wronged(INVOICE, REMINDER, NOTICE, gone=early) == {
        "a_printed_deadline_is_kept",
        "a_hand_off_is_what_the_notice_asked_for",
    }


def test_the_reader_keeps_a_calendar_of_its_own() -> None:
    assert effective(date(2026, 5, 1)) == date(2026, 5, 4)
    assert effective(date(2026, 12, 24)) == date(2026, 12, 28)
    assert effective(date(2027, 3, 25)) == date(2027, 3, 30)
