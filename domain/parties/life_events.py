"""What becomes known of a debtor's life, event by event, and how things stand with the debtor on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class LifeKind(StrEnum):
    """What an event says of a debtor. The first five are reasons to stop every case."""

    DECEASED = "deceased"
    INSOLVENT = "insolvent"
    DEBT_SETTLEMENT = "debt settlement"
    MINOR = "minor"
    OTHER = "other"
    BORN = "born"  # the date of birth
    REPRESENTED = "represented"  # who gets every message instead
    PROTECTED_ADDRESS = "protected address"
    MOVED = "moved"  # the lines of the postal address
    NAMED = "named"
    LANGUAGE = "language"


STOPS = frozenset({LifeKind.DECEASED, LifeKind.INSOLVENT, LifeKind.DEBT_SETTLEMENT, LifeKind.MINOR, LifeKind.OTHER})


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


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of a debtor on a day: of each kind the event that says so, in the order they became known."""

    events: dict[LifeKind, LifeEvent]

    @property
    def stop(self) -> LifeEvent | None:
        """Why every case of the debtor stands still: the latest reason, since when, and who says so and why."""
        return next((event for kind, event in reversed(self.events.items()) if kind in STOPS), None)

    def value(self, kind: LifeKind) -> Any:
        """What holds of a kind; None where nothing was told."""
        event = self.events.get(kind)
        return event.value if event else None


def standing_of(events: Iterable[LifeEvent], today: date) -> Standing:
    """How things stand on a debtor's local day, from all that became known, oldest first."""
    latest: dict[LifeKind, LifeEvent] = {}
    for event in events:
        latest.pop(event.kind, None)
        latest[event.kind] = event
    return Standing({kind: event for kind, event in latest.items() if event.holds(today)})
