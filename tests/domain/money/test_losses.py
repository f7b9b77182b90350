"""When what is left of a closed case is a loss: the rule of the day and currency, and the earliest reason that holds."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.money.losses import Asked, Left, LossReason, LossRule, loss_of, rule_on, why_not_alone
from domain.money.pay_out import is_same_person

DAY = date(2029, 7, 2)
RULES = (
    LossRule(from_=date(2026, 1, 1), currency="NOK", below=Decimal(50), automatic=True, after_days=700),
    LossRule(from_=date(2030, 1, 1), currency="NOK", below=Decimal(500)),
)
LEFT = Left(Decimal("802.00"), "NOK", DAY - timedelta(days=30), date(2032, 7, 1))


@pytest.mark.parametrize(
    ("left", "reason", "automatic"),
    [
        (LEFT, None, False),
        (replace(LEFT, amount=Decimal("49.99")), LossReason.SMALL, True),
        (replace(LEFT, amount=Decimal("50.00")), None, False),
        (replace(LEFT, amount=Decimal(0)), None, False),
        (replace(LEFT, first_due=DAY - timedelta(days=700)), None, False),
        (replace(LEFT, first_due=DAY - timedelta(days=701)), LossReason.OLD, False),
        (replace(LEFT, barred_after=DAY), None, False),
        (replace(LEFT, barred_after=DAY - timedelta(days=1)), LossReason.BARRED, False),
        (replace(LEFT, currency="EUR", amount=Decimal(1)), None, False),
    ],
)
def test_a_loss_has_one_reason(left: Left, reason: LossReason | None, automatic: bool) -> None:
    loss = loss_of(left, RULES, DAY)
    assert (loss.reason if loss else None, bool(loss and loss.automatic)) == (reason, automatic)


def test_the_rule_of_the_day_holds_and_none_before_the_first() -> None:
    small = replace(LEFT, amount=Decimal(49))
    assert loss_of(small, RULES, date(2025, 12, 31)) is None
    later = loss_of(replace(LEFT, amount=Decimal(499)), RULES, date(2030, 1, 1))
    assert later is not None
    assert (later.reason, later.automatic) == (LossReason.SMALL, False)  # the new rule asks a person


ABOVE_500 = LossRule(from_=date(2026, 1, 1), currency="NOK", approved_above=Decimal(500))
TWO_PEOPLE = "above 500.00 NOK two people write off: ask for it, and somebody else does it"


@pytest.mark.parametrize(
    ("amount", "asked", "why"),
    [
        ("500.00", [], None),
        ("500.01", [], TWO_PEOPLE),
        ("802.00", [Asked("ola", Decimal(802))], None),
        ("802.00", [Asked("ola", Decimal("801.99"))], TWO_PEOPLE),
        ("802.00", [Asked("anne", Decimal(802))], "Anne asked for it: somebody else writes it off"),
        ("802.00", [Asked("ANNE for the estate", Decimal(802))], "Anne asked for it: somebody else writes it off"),
        ("802.00", [Asked(" anne ", Decimal(900)), Asked("ola", Decimal(100))], "Anne asked for it: somebody else writes it off"),
        ("802.00", [Asked("ola", Decimal(802)), Asked("anne", Decimal(802))], None),
    ],
)  # fmt: skip
def test_above_the_amount_somebody_else_has_asked_for_all_of_it(
    amount: str, asked: list[Asked], why: str | None
) -> None:
    assert why_not_alone("Anne", Decimal(amount), "NOK", ABOVE_500, asked) == why


@given(
    amount=st.decimals("0.01", 10_000, places=2),
    asked=st.lists(st.builds(Asked, st.sampled_from(["anne", "ANNE", "ola"]), st.decimals("0.01", 10_000, places=2))),
)
def test_nobody_lets_go_of_more_than_the_amount_without_another(amount: Decimal, asked: list[Asked]) -> None:
    alone = why_not_alone("Anne", amount, "NOK", ABOVE_500, asked) is None
    others = [each for each in asked if not is_same_person(each.by, "Anne") and each.amount >= amount]
    assert alone == (amount <= 500 or bool(others))


def test_one_is_enough_without_a_rule_or_an_amount_in_another_currency_and_before_its_day() -> None:
    tomorrow = LossRule(from_=DAY + timedelta(days=1), currency="NOK", approved_above=Decimal(0))
    rules = (*RULES[:1], tomorrow)
    for currency, on, alone in (("NOK", DAY, True), ("NOK", tomorrow.from_, False), ("EUR", tomorrow.from_, True)):
        why_not = why_not_alone("anne", Decimal(802), currency, rule_on(rules, currency, on), [])
        assert (why_not is None) == alone


def test_what_goes_by_itself_is_never_above_the_amount() -> None:
    given = {"from": "2026-01-01", "currency": "NOK", "automatic": True, "approved_above": "50"}
    assert LossRule.model_validate(given | {"below": "50"}).approved_above == 50
    with pytest.raises(ValidationError, match=r"below 50\.01 goes by itself, and above 50\.00 two people write off"):
        LossRule.model_validate(given | {"below": "50.01"})
    assert LossRule.model_validate(given | {"below": "50.01", "automatic": False}).below == Decimal("50.01")
    with pytest.raises(ValidationError):
        LossRule.model_validate(given | {"approved_above": "-1"})
