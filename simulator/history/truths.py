"""What is planted in a past: how people pay, why they are late, and what each contact does to them. No learner opens it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any, Final, NamedTuple

REASONS: Final = ("forgot", "habit", "cannot", "moved", "disagrees", "technical")
CHANNELS: Final = ("email", "sms", "letter")
HOURS: Final = (9, 13, 18)
TONES: Final = ("kind", "neutral", "firm")
STEPS: Final[Mapping[str, int]] = {"due-date-reminder": 0, "reminder": 14, "second-reminder": 28}
"""The contacts that may be left out, by the day after the due date on which they come."""
NOTICE_DAY: Final = 42
HAND_OFF_DAY: Final = 63
WINDOW: Final = 14  # days after a contact in which no other comes: what it did is seen in them


class Arm(NamedTuple):
    """A way to make a contact, or None throughout: nothing is sent."""

    channel: str | None
    hour: int | None
    tone: str | None

    @property
    def name(self) -> str:
        """As it stands in the file."""
        return "none" if self.channel is None else f"{self.channel} {self.hour:02} {self.tone}"


NOBODY_WRITES: Final = Arm(None, None, None)
ARMS: Final = (NOBODY_WRITES, *(Arm(*each) for each in product(CHANNELS, HOURS, TONES)))


@dataclass(frozen=True, slots=True)
class Creditor:
    """A creditor, and how its customers are."""

    name: str
    share: float  # of all cases
    business: float  # share of its customers
    in_time: float  # log odds that an invoice is paid in time
    amount: float  # its usual invoice, NOK


@dataclass(frozen=True)
class Truths:
    """All that is planted. Effects are added to the logarithm of the chance of a payment on a day, and fade with the days."""

    creditors: tuple[Creditor, ...] = (
        Creditor("north", 0.5, 0.15, 2.3, 600.0),
        Creditor("south", 0.35, 0.35, 1.9, 1400.0),
        Creditor("harbour", 0.15, 0.70, 1.4, 5200.0),
    )
    reasons: Mapping[str, float] = field(
        default_factory=lambda: dict(zip(REASONS, (0.45, 0.25, 0.12, 0.05, 0.05, 0.08), strict=True))
    )  # of late invoices
    own_reason: float = 0.6  # a customer's late invoices are so often late for the customer's own reason
    customers_differ: float = 1.0  # spread of log odds to pay in time
    daily: Mapping[str, float] = field(
        default_factory=lambda: dict(zip(REASONS, (0.05, 0.08, 0.02, 0.012, 0.015, 0.07), strict=True))
    )  # chance of a payment on a day, nobody writing
    listens: Mapping[str, float] = field(
        default_factory=lambda: dict(zip(REASONS, (1.0, 0.4, 0.1, 0.0, 0.05, 0.8), strict=True))
    )  # how much of a contact's effect works
    letter_finds_moved: float = 0.5
    channel: Mapping[str, float] = field(default_factory=lambda: {"email": 0.7, "sms": 1.1, "letter": 0.6})
    liked_channel: float = 0.4  # more, where it is the one that the customer likes
    hour: Mapping[str, Mapping[int, float]] = field(
        default_factory=lambda: {"consumer": {9: 0.1, 13: 0.0, 18: 0.35}, "business": {9: 0.3, 13: 0.1, 18: -0.2}}
    )
    tone: Mapping[str, Mapping[str, float]] = field(
        default_factory=lambda: {
            "kind": {"forgot": 0.25, "cannot": 0.3, "technical": 0.2},
            "neutral": {},
            "firm": {"habit": 0.5, "forgot": -0.1},
        }
    )
    notice: float = 1.2
    fades: float = 6.0  # days
    paydays: tuple[int, ...] = (1, 15, 20, 25)  # of the month
    payday: float = 0.9
    monday: float = 0.25
    december: float = -0.5  # to the log odds of paying in time, in December and January
    drift: float = -0.12  # a year

    def told(self) -> dict[str, Any]:
        """All of it, by name."""
        return asdict(self)
