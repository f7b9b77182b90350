"""When a claim that nobody pursues is a loss: barred by limitation, too small to ask for, or too old, as the creditor has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class LossReason(StrEnum):
    """Why it is one: the diary and the vouchers have these words, so they never change."""

    BARRED = "barred"
    SMALL = "small-remainder"
    OLD = "age"


class LossRule(BaseModel):
    """A creditor's own rule for a currency, from a day on. A person confirms each loss; small ones may go by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: Annotated[date, Field(alias="from")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    below: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)] | None = None
    """What is left and is less than this is a small remainder."""
    automatic: bool = False
    """Small remainders are written off without a person."""
    after_days: Annotated[int, Field(gt=0, le=36_500)] | None = None
    """From the first due date."""
    barred: bool = True
    """What the law bars is a loss."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a closed case: `barred_after` is the last day before limitation bars it, by the country's dated data."""

    amount: Decimal
    currency: str
    first_due: date
    barred_after: date


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a claim is a loss, in a word and in words, and whether no person is asked."""

    reason: LossReason
    why: str
    automatic: bool


def loss_of(left: Left, rules: Sequence[LossRule], on: date) -> Loss | None:
    """Why a claim is a loss on a day, by the rule of its currency that holds then; None where it is none."""
    holding = [rule for rule in rules if rule.currency == left.currency and rule.from_ <= on]
    if not holding or left.amount <= 0:
        return None
    rule = max(holding, key=lambda each: each.from_)
    if rule.below is not None and left.amount < rule.below:
        why = f"less than {rule.below:.2f} {left.currency} is left, and nobody asks for it"
        return Loss(LossReason.SMALL, why, rule.automatic)
    if rule.barred and on > left.barred_after:
        return Loss(LossReason.BARRED, f"it is barred by limitation since {left.barred_after}", automatic=False)
    age = (on - left.first_due).days
    if rule.after_days is not None and age > rule.after_days:
        return Loss(LossReason.OLD, f"it fell due {age} days ago, and nobody asks for it", automatic=False)
    return None
