"""When a claim that nobody pursues is a loss: barred, too small to ask for, or too old; and above which amount two say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.money.pay_out import is_same_person


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
    approved_above: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = None
    """What is left and is more than this is written off by two people: one asks for it, another does it."""

    @model_validator(mode="after")
    def _goes_by_itself_only_where_one_is_enough(self) -> Self:
        limit = self.approved_above
        if self.automatic and self.below is not None and limit is not None and self.below > limit:
            raise ValueError(
                f"below {self.below:.2f} goes by itself, and above {limit:.2f} two people write off: lower `below`"
            )
        return self


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


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody asked for a write-off, when so much was left."""

    by: str
    amount: Decimal


def rule_on(rules: Sequence[LossRule], currency: str, on: date) -> LossRule | None:
    """The rule of a currency that holds on a day."""
    holding = [rule for rule in rules if rule.currency == currency and rule.from_ <= on]
    return max(holding, key=lambda each: each.from_) if holding else None


def why_not_alone(by: str, amount: Decimal, currency: str, rule: LossRule | None, asked: Sequence[Asked]) -> str | None:
    """Why this person does not write off so much, in words; None where they do: one is enough, or another asked for all of it."""
    limit = rule.approved_above if rule else None
    if limit is None or amount <= limit:
        return None
    of_all = [each.by for each in asked if each.amount >= amount]
    if not of_all:
        return f"above {limit:.2f} {currency} two people write off: ask for it, and somebody else does it"
    if all(is_same_person(by, each) for each in of_all):
        return f"{by} asked for it: somebody else writes it off"
    return None


def loss_of(left: Left, rules: Sequence[LossRule], on: date) -> Loss | None:
    """Why a claim is a loss on a day, by the rule of its currency that holds then; None where it is none."""
    rule = rule_on(rules, left.currency, on)
    if rule is None or left.amount <= 0:
        return None
    if rule.below is not None and left.amount < rule.below:
        why = f"less than {rule.below:.2f} {left.currency} is left, and nobody asks for it"
        return Loss(LossReason.SMALL, why, rule.automatic)
    if rule.barred and on > left.barred_after:
        return Loss(LossReason.BARRED, f"it is barred by limitation since {left.barred_after}", automatic=False)
    age = (on - left.first_due).days
    if rule.after_days is not None and age > rule.after_days:
        return Loss(LossReason.OLD, f"it fell due {age} days ago, and nobody asks for it", automatic=False)
    return None
