"""When what is left of a closed case is a loss: the rule of the day and currency, and the earliest reason that holds."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.money.losses import Left, LossReason, LossRule, loss_of

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
