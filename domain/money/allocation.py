"""How money is shared out over the parts of a claim, how it is given back, and what late discovery takes back.

Pure arithmetic in one currency: what goes in comes out, to the cent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from domain.money.amount import ZERO

Part = Literal["principal", "interest", "fee"]
PARTS: tuple[Part, ...] = get_args(Part)

Change = tuple[date, Decimal]
"""What was owed from a day on: more (positive) or less (negative)."""


@dataclass(frozen=True, slots=True)
class Owed:
    """An amount for each part of a claim; below zero is credit."""

    principal: Decimal = ZERO
    interest: Decimal = ZERO
    fee: Decimal = ZERO

    def of(self, part: Part) -> Decimal:
        """The amount of one part."""
        match part:
            case "principal":
                return self.principal
            case "interest":
                return self.interest
            case "fee":
                return self.fee

    @property
    def total(self) -> Decimal:
        """All parts together."""
        return self.principal + self.interest + self.fee


@dataclass(frozen=True, slots=True)
class Allocation:
    """An amount shared out: positive amounts for parts, and `over`, which no part explains."""

    parts: tuple[tuple[Part, Decimal], ...]
    over: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class ChargedFee:
    """A fee or compensation as it was charged; `id` is its ledger entry's."""

    id: int
    charged_on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """In which order money pays the parts of a claim, and whether a creditor may choose another one."""

    order: tuple[Part, ...] = PARTS
    creditor_may_change: bool = True

    def order_for(self, creditors_own: Sequence[Part] | None) -> tuple[Part, ...]:
        """The order that holds: the creditor's own, where it has one and may."""
        return self.order if creditors_own is None or not self.creditor_may_change else tuple(creditors_own)


def order_of(kept: Mapping[str, Any] | None, creditors_own: Sequence[Part] | None) -> tuple[Part, ...]:
    """The order that holds for a case, by the law's rules as they are kept on it; None where nobody has looked them up yet."""
    rules = AllocationRules(tuple(kept["order"]), kept["creditor_may_change"]) if kept else AllocationRules()
    return rules.order_for(creditors_own)


def allocate(amount: Decimal, owed: Owed, order: Sequence[Part]) -> Allocation:
    """Share money that came in over what is owed, in this order; `over` is more than was owed in all.

    ValueError for an amount below zero: what is taken back goes through `take_back`.
    """
    if amount < 0:
        raise ValueError(f"{amount} cannot be shared out: an amount is positive")
    parts: list[tuple[Part, Decimal]] = []
    for part in order:
        taken = min(amount, max(owed.of(part), ZERO))
        if taken:
            parts.append((part, taken))
            amount -= taken
    return Allocation(tuple(parts), amount)


def as_split(split: Owed, owed: Owed) -> Allocation:
    """Money whose parts are said by whoever took it in: no part gets more than is owed of it, the rest is `over`."""
    taken = [(part, min(split.of(part), max(owed.of(part), ZERO))) for part in PARTS]
    return Allocation(tuple((part, amount) for part, amount in taken if amount), split.total - sum(a for _, a in taken))


def take_back(amount: Decimal, paid: Owed, order: Sequence[Part], *, over: Decimal = ZERO) -> Allocation:
    """Undo an allocation of `amount` (positive): what is owed again for each part, and what leaves the credit `over`.

    `paid` is what was paid on each part so far and `order` the order it was paid in. The credit goes first, then the
    parts in the opposite order, so that what is left looks as if the money had never come. What was never paid here
    is owed as principal. ValueError for an amount below zero.
    """
    credit = max(ZERO, min(amount, over))
    given_back = allocate(amount - credit, paid, tuple(reversed(order)))
    return Allocation(_merged((*given_back.parts, ("principal", given_back.over))), credit)


def transfer_credit(owed: Owed, order: Sequence[Part]) -> tuple[tuple[Part, Decimal], ...]:
    """The bookings, of sum zero, that let the credit of one part pay the others, in this order.

    A fee that was paid and is then taken back leaves such a credit. What no part needs becomes credit on the
    principal. Empty when no part has credit, or only the principal.
    """
    credit = {part: -owed.of(part) for part in PARTS if owed.of(part) < 0}
    shared = allocate(sum(credit.values(), ZERO), owed, order)
    paid = ((part, -amount) for part, amount in shared.parts)
    return _merged((*credit.items(), *paid, ("principal", -shared.over)))


def fees_to_take_back(fees: Iterable[ChargedFee], changes: Sequence[Change]) -> tuple[ChargedFee, ...]:
    """The fees that should never have been charged, as is now known: nothing was owed on the day they were.

    `changes` are the principal and credits by their dates and every payment, whole, by its value date: money that
    was there before a fee cannot have paid that fee. Money of the fee's own day is in time (kinder to the debtor).
    """
    return tuple(fee for fee in fees if owed_on(changes, fee.charged_on) <= 0)


def interest_to_take_back(charged: Decimal, accrued: Decimal) -> Decimal:
    """How much of the interest charged so far is more than truly accrued through the last day it was charged for."""
    return max(ZERO, charged - accrued)


def owed_on(changes: Iterable[Change], day: date) -> Decimal:
    """What was owed at the end of a day, whatever the order the changes became known in."""
    return sum((amount for since, amount in changes if since <= day), ZERO)


def _merged(parts: Iterable[tuple[Part, Decimal]]) -> tuple[tuple[Part, Decimal], ...]:
    """One amount for each part, in the order they first come, without those that are zero."""
    amounts: dict[Part, Decimal] = {}
    for part, amount in parts:
        amounts[part] = amounts.get(part, ZERO) + amount
    return tuple((part, amount) for part, amount in amounts.items() if amount)
