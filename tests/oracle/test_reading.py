"""The reader finds what each rule is for: a debtor wronged in one way is told of in one way."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.countries import NUMBERS
from tests.oracle.reading import Claim, Debtor, HandedOff, Known, Told, Waiting, faults

FEE = Decimal(38)


def at(day: str, clock: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NUMBERS["NO"].zone)


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
CALL = Told(at("2027-03-23"), "call", "call", "phone", ("1001",))
MET, HANDED, MINOR = (
    "nobody_is_met_with_what_they_may_not_be",
    "no_hand_off_goes_through_a_closed_gate",
    "a_minor_pays_no_fee",
)


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


RENEWED = (("2027-05-03", "2027-05-24"), ("2027-06-07", "2027-06-28"))


def broken(**known: Any) -> set[str]:
    """The rules that the reader finds broken when this was known besides."""
    return {fault.partition(":")[0] for fault in faults(replace(TREATED_WELL, **known))}


@pytest.mark.parametrize(
    ("known", "rules"),
    [
        (Known("has died", at("2027-04-10")), {HANDED}),
        (Known("has died", at("2027-02-10"), at("2027-03-01")), set()),  # it was somebody else
        (Known("insolvent", at("2027-03-10"), invoice="1001"), {MET, HANDED}),
        (Known("insolvent", at("2027-03-10"), invoice="1002"), set()),
        (Known("an estate", at("2027-01-31"), at("2027-02-20")), set()),  # the invoice goes to the estate's contact
        (Known("paused", at("2027-03-01"), at("2027-03-03")), {MET}),
        (Known("on hold", at("2027-03-31", "08:00"), at("2027-04-01")), {MET}),
        (Known("promised", at("2027-03-31", "08:00"), at("2027-04-01")), {MET}),
        (Known("in a plan", at("2027-04-23"), invoice="1001"), {HANDED}),
        (Known("somebody else", at("2027-03-10")), {MET, HANDED}),
        (Known("unread words", at("2027-03-22")), {MET}),  # Easter lies between: five banking days are over on 1 April
        (Known("unread words", at("2027-03-19")), set()),  # and here at nine on the day of the notice
        (Known("partly disputed", at("2027-04-28")), {HANDED}),
        (Known("a minor", at("2027-01-01")), {MINOR}),
    ],
)
def test_what_was_known_and_is_passed_over_is_found(known: Known, rules: set[str]) -> None:
    assert broken(known=(known,)) == rules


@pytest.mark.parametrize("known", ["no calls", "represented", "a minor"])
def test_a_call_to_who_may_not_be_called_is_found(known: str) -> None:
    wrong = broken(told=(INVOICE, CALL), handed_off=(), known=(Known(known, at("2027-03-01")),))
    assert wrong == {MET}


def test_a_message_to_nobody_who_may_get_it_is_found() -> None:
    wrong = broken(told=(INVOICE, replace(REMINDER, reachable=False), NOTICE))
    assert wrong == {"it_goes_to_who_may_be_written_to"}


def test_a_call_or_message_over_the_budget_is_found_and_a_copy_counts_as_none() -> None:
    few, copy = ((1, 7),), replace(REMINDER, what="alert", channel="email", fee=Decimal(0), deadline=None)
    assert broken(told=(INVOICE, copy, REMINDER, NOTICE), budget=few) == set()
    enough = (
        INVOICE,
        CALL,
        replace(CALL, at=at("2027-03-30", "11:00")),
    )  # a week of 168 hours, one of them in summer time
    assert broken(told=enough, handed_off=(), budget=few) == set()
    much = (INVOICE, CALL, replace(CALL, at=at("2027-03-30", "10:59")))
    assert broken(told=much, handed_off=(), budget=few) == {"no_more_than_the_budget"}
    assert broken(told=much, handed_off=(), budget=few, asked_for=frozenset({("1001", "call")})) == set()


@pytest.mark.parametrize(
    ("until", "flag", "why", "found"),
    [
        (at("2027-03-02"), None, "something", False),
        (at("2027-03-01"), None, "something", True),
        (None, "disputed", "something", False),
        (None, "no such flag", "something", True),
        (None, None, "something", True),
        (None, None, "on hold: anne", False),
    ],
)
def test_what_waits_for_nobody_is_found(until: datetime | None, flag: str | None, why: str, found: bool) -> None:
    waiting = Waiting("1001", at("2027-03-01"), until, flag, why)
    assert bool(broken(waiting=(waiting,))) is found


def test_the_reader_keeps_a_calendar_of_its_own() -> None:
    assert NUMBERS["NO"].effective(date(2026, 5, 1)) == date(2026, 5, 4)
    assert NUMBERS["NO"].effective(date(2026, 12, 24)) == date(2026, 12, 28)
    assert NUMBERS["NO"].effective(date(2027, 3, 25)) == date(2027, 3, 30)


def test_what_comes_again_after_its_letter_is_found_unless_another_person_is_written_to_since() -> None:
    again = replace(REMINDER, at=at("2027-03-10"), channel="sms")
    rule = "nobody_is_told_again_by_what_was_passed_over"
    assert rule in broken(told=(INVOICE, REMINDER, again, NOTICE))
    for known in (
        Known("represented", at("2027-03-05")),
        Known("represented", at("2027-02-01"), until=at("2027-03-05")),
        Known("an estate", at("2027-03-05")),
    ):
        assert rule not in broken(told=(INVOICE, REMINDER, again, NOTICE), known=(known,))
    assert rule in broken(told=(INVOICE, REMINDER, again, NOTICE), known=(Known("represented", at("2027-02-01")),))


def test_a_joint_message_is_a_free_word_of_every_invoice_but_the_one_that_its_fee_is_on() -> None:
    rule = "nothing_costs_that_nobody_was_told_of"
    claims = (*TREATED_WELL.claims, Claim("1002", date(2027, 2, 15)))
    nothing_before, joint = replace(INVOICE, failed=True), replace(REMINDER, about=("1001", "1002"))
    notice = replace(NOTICE, fee=Decimal(0), fee_on=None)
    on_the_other = replace(joint, fee_on="1002")
    of_other = replace(INVOICE, about=("1002",))
    assert rule not in broken(claims=claims, told=(nothing_before, of_other, on_the_other, notice))
    assert rule in broken(claims=claims, told=(nothing_before, of_other, joint, notice))


def test_a_third_notice_to_the_same_person_is_found() -> None:
    rule = "a_notice_comes_after_words_and_gives_days"
    renewed = [replace(NOTICE, at=at(day), deadline=date.fromisoformat(until)) for day, until in RENEWED]
    assert rule not in broken(told=(INVOICE, REMINDER, NOTICE, renewed[0]))
    assert rule in broken(told=(INVOICE, REMINDER, NOTICE, *renewed))
    one_is_new = (Known("represented", at("2027-04-20")),)
    assert rule not in broken(told=(INVOICE, REMINDER, NOTICE, *renewed), known=one_is_new)


# --- the other laws ----------------------------------------------------------------------------------------------

SWEDISH = replace(
    TREATED_WELL,
    law=NUMBERS["SE"],
    told=(
        INVOICE,
        replace(REMINDER, fee=Decimal(0), fee_on=None),
        replace(NOTICE, fee=Decimal(180), deadline=date(2027, 4, 22)),
    ),
)
FINNISH = replace(
    TREATED_WELL,
    law=NUMBERS["FI"],
    told=(
        INVOICE,
        replace(REMINDER, at=at("2027-03-02"), fee=Decimal(5), deadline=date(2027, 3, 22)),
        replace(NOTICE, fee=Decimal(5), deadline=date(2027, 4, 22)),
    ),
)


def changed(debtor: Debtor, which: int, **changes: Any) -> set[str]:
    """The rules that are broken where one of the messages is another."""
    told = tuple(replace(each, **changes) if place == which else each for place, each in enumerate(debtor.told))
    return {fault.partition(":")[0] for fault in faults(replace(debtor, told=told))}


@pytest.mark.parametrize("debtor", [SWEDISH, FINNISH])
def test_debtors_of_the_other_laws_who_were_treated_well_have_nothing_to_complain_of(debtor: Debtor) -> None:
    assert faults(debtor) == []


@pytest.mark.parametrize(
    ("debtor", "which", "changes", "rule"),
    [
        (SWEDISH, 1, {"fee": Decimal(60), "fee_on": "1001"}, "a_fee_is_small_late_and_rare"),  # nobody agreed on it
        (SWEDISH, 2, {"fee": Decimal(181)}, "a_fee_is_small_late_and_rare"),
        # Sent on Wednesday 31 March, posted on 1 April, there on the 8th: four banking days on is Wednesday the 14th.
        (SWEDISH, 2, {"deadline": date(2027, 4, 13)}, "a_notice_comes_after_words_and_gives_days"),
        (SWEDISH, 2, {"channel": "email"}, "what_costs_goes_in_the_form_of_the_law"),
        (SWEDISH, 1, {"at": at("2027-01-06")}, "messages_come_at_decent_hours"),  # Epiphany
        (FINNISH, 1, {"fee": Decimal(6)}, "a_fee_is_small_late_and_rare"),
        (FINNISH, 1, {"at": at("2027-03-01")}, "a_fee_is_small_late_and_rare"),  # the fourteenth day after 15 February
        (FINNISH, 1, {"deadline": date(2027, 3, 19)}, "every_letter_gives_the_days_of_the_law"),
        (FINNISH, 2, {"at": at("2027-03-16")}, "a_fee_keeps_its_distance_from_the_reminder_before"),
        (
            FINNISH,
            2,
            {"at": at("2027-04-15"), "deadline": date(2027, 4, 28)},
            "a_hand_off_is_what_the_notice_asked_for",
        ),
    ],
)
def test_what_another_law_forbids_is_found(debtor: Debtor, which: int, changes: dict[str, Any], rule: str) -> None:
    assert rule in changed(debtor, which, **changes)
