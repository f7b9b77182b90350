"""What becomes known of a debtor's life, event by event: what, from when until when, who said so and why."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class LifeKind(StrEnum):
    """What an event says of a debtor; what follows from it is the table of `standing.py`."""

    DECEASED = "deceased"
    INSOLVENT = "insolvent"
    DEBT_SETTLEMENT = "debt settlement"
    MINOR = "minor"
    OTHER = "other"
    BORN = "born"  # the date of birth
    REPRESENTED = "represented"  # an adviser, who gets every message instead
    GUARDIAN = "guardian"  # who decides for a debtor of any age, and gets every message instead
    PROTECTED_ADDRESS = "protected address"
    MOVED = "moved"  # the lines of the postal address
    COUNTRY = "country"  # where they live now
    KIND = "kind"  # consumer or business
    NAMED = "named"
    LANGUAGE = "language"
    ESTATE = "estate"  # who speaks for the estate, and alone is written to
    ESTATE_REJECTED = "estate rejected"  # the heirs take over no debts
    NOT_ME = "not me"  # whom we wrote to is somebody else: the address
    DANGER = "danger"  # to life or health, if a service were blocked or ended
    NO_TRACKING = "no tracking"
    NO_PROFILING = "no profiling"
    NO_CALLS = "no calls"
    PREFERS = "prefers"  # the channel
    PAUSE = "pause"  # asked for, by the debtor or an adviser
    OFFERS = "offers"  # consent to offers
    CHILD_OF = "child of"  # of a business: its parent's customer number, and whether that pays


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One thing that became known: the latest of a kind says from when until when it holds, and what."""

    kind: LifeKind
    since: date | None  # the first day; None: nobody knows, it always did
    until: date | None  # the first day on which it does not hold any more
    value: Any  # as JSON: a name, lines of an address, a code, a date as ISO 8601; None where the kind says it all
    by: str  # a person's name, or the source where no person gave theirs
    reason_code: str | None
    note: str | None
    happened_at: datetime

    def holds(self, today: date) -> bool:
        """Whether it does on a day."""
        return (self.since is None or self.since <= today) and (self.until is None or today < self.until)
