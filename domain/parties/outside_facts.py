"""Facts about debtors, or about where they live, that come from outside: which may be told, and what each may be used for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Purpose(StrEnum):
    """What an outside fact is used for: nothing else."""

    PREDICTION = "prediction"  # when an invoice will be paid
    FAIRNESS = "fairness report"  # whether guesses are as good for one group as for another


@dataclass(frozen=True, slots=True)
class OutsideKind:
    """One thing that may be told: of whom, as what, and for which purposes."""

    of: Literal["debtor", "postcode"]
    told_as: Literal["number", "word"]
    purposes: frozenset[Purpose]


KINDS: Final = {
    "credit score": OutsideKind("debtor", "number", frozenset({Purpose.PREDICTION})),
    "payment method": OutsideKind("debtor", "word", frozenset({Purpose.PREDICTION})),
    "income statistics": OutsideKind("postcode", "number", frozenset(Purpose)),
    "age group": OutsideKind("debtor", "word", frozenset({Purpose.FAIRNESS})),
    "language": OutsideKind("debtor", "word", frozenset({Purpose.FAIRNESS})),
}
"""All that may be told, by its name. What is not here is refused: nothing of health, origin, belief or family is."""
