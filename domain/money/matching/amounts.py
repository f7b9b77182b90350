"""What an amount is of an invoice, or of several of a debtor's: all that is owed, a part as people pay parts, a sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.money.amount import ZERO

MOST_OF_A_DEBTOR = 50  # so many of a debtor's open invoices are looked at
MOST_SUMMED = 12  # among more open invoices than these some sum fits almost any amount
# What people make of an amount: whole kroner or tens of what is owed, and parts in round sums.
ROUNDED_UP, ROUNDED_DOWN, ROUND_SUM = Decimal(1), Decimal(10), Decimal(50)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice that a payment may be for, with what is left of it."""

    invoice_id: int
    case_id: int
    debtor_id: int
    number: str
    reference: str | None
    plan_reference: str | None
    customer_number: str | None
    debtor_name: str
    currency: str
    balance: Decimal
    principal: Decimal
    interest: Decimal
    fee: Decimal
    instalment: Decimal | None  # what is left of the plan's next instalment
    due_date: date
    open: bool
    payer_known: bool  # the payer's account has paid for this debtor before, and for nobody else


@dataclass(frozen=True, slots=True)
class Share:
    """What an invoice gets of a payment."""

    candidate: Candidate
    amount: Decimal


def fit_of(candidate: Candidate, amount: Decimal) -> str | None:
    """What the amount is of an invoice, in words; None where it is none of what a payer may be expected to pay."""
    if amount <= ZERO or candidate.balance <= ZERO:
        return None
    if amount == candidate.balance:
        return "all that is owed"
    if amount == candidate.principal + candidate.interest:
        return "all that is owed without the fee"
    if amount == candidate.principal:
        return "all that is owed without fee and interest"
    if amount == candidate.instalment:
        return "the next instalment of its plan"
    return None


def is_usual_part(candidate: Candidate, amount: Decimal) -> bool:
    """Whether people pay such an amount of an invoice: a round sum, a half, a third or a quarter, or nearly all of it."""
    owed = candidate.balance
    if amount >= owed:
        return amount - owed < ROUNDED_UP
    divided = any(abs(whole - amount * parts) <= parts for whole in (owed, candidate.principal) for parts in (2, 3, 4))
    return amount % ROUND_SUM == 0 or owed - amount <= ROUNDED_DOWN or divided


def difference(candidate: Candidate, amount: Decimal) -> str:
    """How an amount compares with what is owed, in words."""
    if amount < ZERO:
        return "a payment is taken back"
    if candidate.balance <= ZERO:
        return "it is settled already"
    if amount == candidate.balance:
        return "the amount is all that is owed"
    size = "part of" if amount < candidate.balance else "more than"
    return f"the amount is {size} the {candidate.balance} {candidate.currency} owed"


def sum_of(candidates: Sequence[Candidate], amount: Decimal) -> tuple[Share, ...] | None:
    """The shares where the amount is what is owed on all of these together, with fees and interest or without."""
    for owed in ([c.balance for c in candidates], [c.principal for c in candidates]):
        if len(candidates) > 1 and sum(owed) == amount and min(owed) > ZERO:
            return tuple(map(Share, candidates, owed))
    return None


def ways_to_sum(
    candidates: Sequence[Candidate], amount: Decimal, besides: Candidate | None = None
) -> list[tuple[Share, ...]]:
    """The ways in which an amount is the sum of several of a debtor's open invoices; at most two are told.

    `besides` is one that every sum must hold.
    """
    fixed = (besides,) if besides else ()
    if len(candidates) >= MOST_OF_A_DEBTOR:  # there may be more than we know of
        return []
    everything = sum_of([*fixed, *candidates], amount)
    if everything:
        return [everything]
    if len(candidates) > MOST_SUMMED:
        return []
    ways: dict[Decimal, tuple[tuple[Candidate, ...], ...]] = {sum((c.balance for c in fixed), ZERO): (fixed,)}
    for candidate in candidates:
        for total, chosen in list(ways.items()):
            longer = total + candidate.balance
            if longer <= amount:
                ways[longer] = (*ways.get(longer, ()), *((*some, candidate) for some in chosen))[:2]
    found = [chosen for chosen in ways.get(amount, ()) if len(chosen) > 1]
    return [tuple(Share(candidate, candidate.balance) for candidate in chosen) for chosen in found]


def sum_in_words(shares: Sequence[Share]) -> str:
    """That the amount is this sum."""
    return f"the amount is the sum of {len(shares)} open invoices of this debtor"
