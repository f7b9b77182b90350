"""Credit of other invoices pays this one once it is due, where the policy says so and nothing stands against it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.money.allocation import Owed
from domain.planner.action import ActionKind
from domain.planner.case_facts import CaseFacts, CreditUsed, HandOffState, Paid
from domain.planner.coming_credit import usable
from domain.planner.credit import USE_CREDIT, used_on_paper
from domain.planner.planner import next_action
from tests.domain.builders import DUE_READ, GENTLE, INVOICE_READ, LAW, TO_REMINDER, facts, known, local

USING = replace(GENTLE, credit="use")
DUE, BEFORE = "2026-06-29 09:00", "2026-06-03 09:00"
HUNDRED = Decimal(100)


def kind(case: CaseFacts, at: str = DUE, policy: Any = USING) -> ActionKind:
    """What a case does next."""
    return next_action(policy, LAW, case, local(at)).kind


def test_it_comes_before_the_reminder_and_only_where_the_policy_says_so() -> None:
    case = facts(INVOICE_READ, DUE_READ, credit=HUNDRED)
    assert kind(case) is USE_CREDIT
    assert kind(case, policy=GENTLE) is ActionKind.DELIVER
    assert kind(replace(case, credit=Decimal(0))) is ActionKind.DELIVER


def test_not_a_minute_before_the_due_day_on_which_the_case_looks_again() -> None:
    case = facts(INVOICE_READ, credit=HUNDRED)
    before = next_action(USING, LAW, case, local("2026-06-14 23:59"))
    assert before.kind is not USE_CREDIT
    assert before.at == local("2026-06-15 09:00")
    bare = replace(USING, steps=USING.steps[:1])
    ahead = next_action(bare, LAW, facts(INVOICE_READ, credit=HUNDRED), local(BEFORE))
    assert ahead.kind is ActionKind.CLOSE  # nothing is left to wait for: the case ends as ever
    assert kind(case, "2026-06-15 00:00") is USE_CREDIT


@pytest.mark.parametrize(
    "stands",
    [
        {"disputed": True},
        {"held": True},
        {"claim_due": date(2026, 7, 1)},
        {"unread_reply": local("2026-06-29 08:00")},
        {"money_in_review": date(2026, 6, 29)},
        {"paying_since": local("2026-06-29 08:50")},
        {"hand_off": HandOffState.ACCEPTED},
        {"withdrawn": True},
        {"stops": ("everything",)},
        {"not_before": date(2026, 7, 9)},
        {"disputed_amount": Decimal(802)},
        {"life": (known("deceased"),)},
        {"life": (known("minor"),)},
        {"life": (known("represented", "Guri Verge"),)},
    ],
    ids=lambda stands: next(iter(stands)),
)
def test_whatever_stands_against_it_keeps_it(stands: dict[str, Any]) -> None:
    assert kind(facts(*TO_REMINDER, credit=HUNDRED, **stands)) is not USE_CREDIT


def test_no_more_is_used_than_is_owed_and_not_disputed() -> None:
    assert usable(facts(credit=Decimal(5000))) == Decimal(802)
    assert usable(facts(credit=Decimal(5000), disputed_amount=Decimal(300))) == Decimal(502)


def test_on_paper_it_pays_the_parts_in_the_creditors_order() -> None:
    case = facts(INVOICE_READ, balance=Decimal(850), principal=Decimal(802), interest=Decimal(10), credit=Decimal(805))
    after = used_on_paper(case, next_action(USING, LAW, case, local(DUE)), LAW, local(DUE))
    left = Owed(after.principal, after.interest, after.balance - after.principal - after.interest)
    assert left == Owed(Decimal(0), Decimal(7), Decimal(38))
    assert after.credit == 0
    assert after.credit_used is not None
    assert after.credit_used.amount == Decimal(805)


def test_what_it_settled_is_spoken_of_once_and_not_thanked_for_as_money() -> None:
    used = CreditUsed("7", local("2026-06-29 08:00"), Decimal(802), ("1000",))
    paid = Paid(Decimal(802), used.at, date(2026, 6, 29))
    case = facts(*TO_REMINDER, balance=Decimal(0), principal=Decimal(0), paid=paid, credit_used=used)
    action = next_action(USING, LAW, case, local(DUE))
    assert action.step == "credit-used#7"
    money_after = replace(case, paid=replace(paid, at=local("2026-06-29 08:30")))
    assert next_action(USING, LAW, money_after, local(DUE)).step == "paid#1"


def test_a_case_before_its_due_day_without_credit_waits_as_ever() -> None:
    case = facts(INVOICE_READ)
    assert next_action(USING, LAW, case, local(BEFORE)) == next_action(GENTLE, LAW, case, local(BEFORE))
