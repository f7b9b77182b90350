"""What was charged on top of a claim: reminder fees and standard compensation, each with its day, and what is left of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.money.amount import ZERO


class ChargeKind(StrEnum):
    """What a charge is; the ledger's own words. A fee of a compensation's size would be unlawful: they never share a name."""

    FEE = "fee"
    COMPENSATION = "compensation"


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge in the invoice's currency, and the local day on which it was made."""

    kind: ChargeKind
    amount: Decimal
    on: date
    of_notice: bool = False
    """It is for the collection notice: where a law lets that cost as well as a reminder, each cost is named."""

    @property
    def name(self) -> str:
        """What words call it by: a fee of a notice is not one of a reminder."""
        return "notice_fee" if self.of_notice and self.kind is ChargeKind.FEE else self.kind.value


def unpaid(charges: Sequence[Charge], left: Decimal) -> tuple[Charge, ...]:
    """What is left of `charges` (oldest first) when `left` of them all is unpaid: the oldest is paid first.

    The amounts of the answer add up to `left`, or to all charges where that is less.
    """
    still: list[Charge] = []
    for charge in reversed(charges):
        amount = min(charge.amount, left)
        if amount > ZERO:
            still.append(replace(charge, amount=amount))
            left -= amount
    return tuple(reversed(still))
