"""A hand-off asks for no more than its notice did; a notice is renewed once."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.planner.case_facts import AlreadySent, Asked
from domain.planner.notices import asked_of, covered, covers
from domain.vocabulary import Channel
from tests.domain.builders import COPIES, NOTICE, TO_REMINDER, decide, facts, local, said, sent

LETTER = Channel.LETTER
PART = replace(NOTICE, asked=Asked(Decimal("2104.86"), Decimal(0)))
WHOLE: dict[str, Any] = {"balance": Decimal(5000), "principal": Decimal(5000), "skipped": frozenset({"call"})}


# --- what it asked for ------------------------------------------------------------------------------------------


def test_a_notice_about_a_part_waits_with_the_rest_and_asks_for_all_when_the_dispute_is_rejected() -> None:
    disputed = facts(*TO_REMINDER, PART, *COPIES, disputed_amount=Decimal("2895.14"), approval="approved", **WHOLE)
    assert decide(disputed, "2026-08-12 09:00").flag == "disputed"
    rejected = replace(disputed, disputed_amount=Decimal(0), not_before=date(2026, 8, 26))
    assert said(rejected, "2026-08-26 09:00") == "new round hand-off 2026-08-26 09:00"
    anew = replace(rejected, round=2, approval=None)
    assert said(anew, "2026-08-26 09:01") == "deliver letter collection-notice 2026-08-26 09:01"
    second = sent(
        "collection-notice", LETTER, "2026-08-26 10:00", round=2, posted_on=date(2026, 8, 26),
        deadline=date(2026, 9, 15), asked=Asked(Decimal(5000), Decimal(0)),
    )  # fmt: skip
    asked = replace(anew, deliveries=(*anew.deliveries, second), approval="approved")
    assert decide(asked, "2026-09-18 09:00").kind != "new round"
    copies = tuple(replace(copy, round=2, claimed_at=local("2026-08-26 10:01")) for copy in COPIES)
    asked = replace(asked, deliveries=(*asked.deliveries, *copies))
    assert said(asked, "2026-09-18 09:00") == "hand off hand-off 2026-09-18 09:00"


def test_neither_principal_nor_costs_make_up_for_the_other() -> None:
    asked = Asked(Decimal(500), Decimal(76))
    assert covered(asked, Asked(Decimal(600), Decimal(0))) == 500
    assert covered(asked, Asked(Decimal(400), Decimal(100))) == 476
    assert covered(asked, Asked(Decimal(-50), Decimal(0))) == -50  # credit


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({}, True),
        ({"balance": Decimal(700), "principal": Decimal(700)}, True),  # paid or credited since
        ({"balance": Decimal(840)}, False),  # a fee or interest since
        ({"balance": Decimal(803), "principal": Decimal(803)}, False),  # a payment came back
        ({"balance": Decimal(738), "principal": Decimal(700)}, False),  # less principal, but a new fee
    ],
)
def test_a_notice_covers_what_it_named_and_nothing_that_was_added(changes: dict[str, Any], holds: bool) -> None:
    notice = replace(NOTICE, asked=asked_of(facts()))
    assert covers(notice, facts(**changes)) is holds
    case = facts(*TO_REMINDER, notice, *COPIES, approval="approved", **changes)
    assert decide(case, "2026-08-12 09:00").kind == ("hand off" if holds else "new round")


def test_a_message_asks_for_its_own_fee_too_and_not_for_what_is_disputed() -> None:
    case = facts(balance=Decimal(840), disputed_amount=Decimal(300))
    assert asked_of(case, Decimal(38)) == Asked(Decimal(502), Decimal(76))


def test_a_notice_from_before_the_case_was_ours_carries_a_hand_off() -> None:
    before = (
        AlreadySent("reminder", Channel.EMAIL, date(2026, 6, 29), deadline=date(2026, 7, 13)),
        AlreadySent("collection-notice", LETTER, date(2026, 7, 20), deadline=date(2026, 8, 7)),
    )
    case = facts(already_sent=before, approval="approved")
    assert said(case, "2026-08-20 09:00") == "hand off hand-off 2026-08-20 09:00"


# --- how often --------------------------------------------------------------------------------------------------


def test_a_notice_is_renewed_once_and_then_a_person_decides() -> None:
    first, second = NOTICE, replace(NOTICE, round=2, claimed_at=local("2027-01-21 09:00"), accepted_at=None,
                                    posted_on=date(2027, 1, 21), deadline=date(2027, 2, 10))  # fmt: skip
    copies = tuple(replace(copy, round=2, claimed_at=local("2027-01-21 09:01")) for copy in COPIES)
    old = facts(*TO_REMINDER, first, *COPIES, second, *copies, round=2)
    assert said(old, "2027-08-23 09:00") == "open decision task hand-off 2027-08-23 09:00"
    asked = replace(old, tasks=frozenset({("decision", "hand-off")}))
    waits = decide(asked, "2027-08-23 09:00")
    assert (waits.kind, waits.flag, waits.at) == ("wait", "notice renewed", None)
    later = replace(old, round=3)
    assert said(later, "2027-08-23 09:00") == "open decision task collection-notice 2027-08-23 09:00"
    moved = replace(later, due_date=date(2027, 6, 14))
    assert said(moved, "2027-08-23 09:00") != "open decision task collection-notice 2027-08-23 09:00"
