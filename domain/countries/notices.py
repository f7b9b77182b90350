"""What a collection notice must be, who may send it, what carries it; and which services are warned of in their own time."""

from dataclasses import dataclass
from typing import Literal, get_args

from domain.vocabulary import Channel

NoticeSender = Literal["creditor", "licensed agency"]
Trade = Literal["grid", "telecom", "insurance", "subscription"]
TRADES: tuple[Trade, ...] = get_args(Trade)
"""What a service is, where the law of the country makes a difference before it is blocked or ended."""
NoticePart = Literal[
    "creditor",
    "ground",
    "principal",
    "interest",
    "costs",
    "interest rate",
    "interest period",
    "interest capital",
    "total",
    "pay day",
    "objection",
    "what follows",
    "debt advice",
]
NOTICE_PARTS: tuple[NoticePart, ...] = get_args(NoticePart)
"""What the law of a country may want to be said in a notice: every notice says all of them."""


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """What a collection notice must be. What is None, the law does not ask for."""

    shortest_deadline_days: int
    """From sending."""
    oldest_months: int
    """A hand-off rests on none that is older."""
    banking_days_after_receipt: int | None
    """Its deadline ends no earlier than so many after the day on which it is taken to have arrived."""
    days_before_hand_off: int | None
    """A hand-off comes no earlier than so many after it was sent."""
    contents: tuple[NoticePart, ...]
    not_called: tuple[str, ...]
    """What only those may call a letter who collect for others."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The channels that carry a fee or a notice by themselves, and those that do where the debtor used them lately."""

    formal: frozenset[Channel]
    formal_when_recently_used: frozenset[Channel]

    @property
    def all(self) -> frozenset[Channel]:
        """Both."""
        return self.formal | self.formal_when_recently_used
