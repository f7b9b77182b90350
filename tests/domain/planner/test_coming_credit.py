"""What credit of other invoices will pay is told before the due day, and is not asked for."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.money.amount import ZERO
from domain.planner.case_facts import CaseFacts, PendingDraw
from domain.planner.coming_credit import ComingCredit, coming_credit
from domain.planner.demand import Rider, demand
from domain.planner.occasions import step_named
from domain.vocabulary import Channel
from tests.domain.builders import DUE, GENTLE, LAW, facts, known, local

USING = replace(GENTLE, credit="use")
NOW = local("2026-06-01 09:00")


def coming(case: CaseFacts, at: datetime = NOW, policy: Any = USING) -> ComingCredit | None:
    return coming_credit(policy, LAW, case, at)


@pytest.mark.parametrize(("has", "pays"), [("100", "100"), ("802", "802"), ("5000", "802")])
def test_it_is_what_the_debtor_has_and_no_more_than_is_owed(has: str, pays: str) -> None:
    assert coming(facts(credit=Decimal(has))) == ComingCredit(Decimal(pays), DUE)


def test_on_the_due_day_it_is_used_and_no_more_spoken_of_as_coming() -> None:
    case = facts(credit=Decimal(100))
    assert coming(case, local("2026-06-14 23:59")) is not None
    assert coming(case, local("2026-06-15 00:00")) is None
    assert coming(case, policy=GENTLE) is None


@pytest.mark.parametrize(
    "stands",
    [
        {"disputed": True},
        {"held": True},
        {"claim_due": DUE},
        {"drawable": True},
        {"draw": PendingDraw(7, Decimal(802), DUE)},
        {"life": (known("deceased"),)},
        {"withdrawn": True},
        {"money_in_review": date(2026, 6, 1)},
    ],
    ids=lambda stands: next(iter(stands)),
)
def test_nothing_is_promised_that_may_not_come_true(stands: dict[str, Any]) -> None:
    assert coming(facts(credit=Decimal(100), **stands)) is None


def test_of_a_part_that_is_disputed_nothing_is_paid() -> None:
    case = facts(credit=Decimal(5000), disputed_amount=Decimal(300))
    assert coming(case) == ComingCredit(Decimal(502), DUE)


def asked(*cases: CaseFacts, step: str = "invoice") -> list[Decimal]:
    """What credit pays of each case, as a message about all of them tells it."""
    riders = [Rider(place, USING, LAW, case, step_named(USING, step)) for place, case in enumerate(cases)]
    asks = demand(riders, Channel.EMAIL, NOW)
    return [each.credit.amount if each.credit else ZERO for each in asks.cases]


def test_invoices_of_one_message_are_told_no_more_than_there_is() -> None:
    one = facts(credit=Decimal(900))
    assert asked(one, one) == [Decimal(802), Decimal(98)]
    assert asked(one) == [Decimal(802)]


def test_a_late_invoice_is_paid_on_the_day_to_which_it_moves() -> None:
    late = facts(credit=Decimal(100), due_date=date(2026, 6, 3))
    (of,) = demand([Rider(1, USING, LAW, late, step_named(USING, "invoice"))], Channel.EMAIL, NOW).cases
    assert of.credit == ComingCredit(Decimal(100), of.due_date)
    assert of.due_date > date(2026, 6, 3)


def test_what_has_something_else_to_say_says_nothing_of_it() -> None:
    assert asked(facts(credit=Decimal(100)), step="dispute-rejected#1") == [ZERO]
