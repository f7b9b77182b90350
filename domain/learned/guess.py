"""How long a guess counts: fresh for a week, then old, and after thirty days it is none any more."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

FRESH_FOR: Final = timedelta(days=7)
SHOWN_FOR: Final = timedelta(days=30)


class Age(StrEnum):
    """How far a guess may be trusted."""

    FRESH = "fresh"
    OLD = "old"  # shown, and marked
    RETIRED = "retired"  # neither used nor shown


@dataclass(frozen=True, slots=True)
class Guess:
    """What a policy may ask of when a case is paid: the chance, from 0 to 1, that it is within 14 days of the guess."""

    chance_14: Decimal
    at: datetime
    version: str = field(default="", compare=False)  # of what was learned


@dataclass(frozen=True, slots=True)
class FoundIn:
    """The segment in which a debtor was found, as it is called now and was called before persons renamed it."""

    name: str
    at: datetime
    version: str = field(default="", compare=False)  # of what found it
    once_called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UseOfGuess:
    """That a step was taken or left out because of a guess, with the guess as it was then. `asked` are the policy's words.

    What was proposed, and an arm, is used as a guess is.
    """

    step: str
    taken: bool
    asked: str
    chance: Decimal | None
    segment: str | None
    version: str
    guessed_at: datetime

    def besides(self, other: "UseOfGuess") -> "UseOfGuess":
        """Two uses of one step as one: of a guess for whom it is, and of how it goes."""
        return replace(
            self,
            asked=f"{self.asked} and {other.asked}",
            version=f"{self.version} and {other.version}",
            guessed_at=min(self.guessed_at, other.guessed_at),
        )


def age(guessed: datetime, now: datetime) -> Age:
    """How old a guess is at `now`; what was guessed later than that is not known yet."""
    if guessed > now or now - guessed > SHOWN_FOR:
        return Age.RETIRED
    return Age.FRESH if now - guessed <= FRESH_FOR else Age.OLD
