"""A shadow beside today's process: what Purr would have sent on a day, held against what the other process sent."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.vocabulary import CHANNELS, MESSAGES

NEAR = timedelta(days=7)  # as far as the same message on another day is the same message
COMPARED = (*(name for name, rule in MESSAGES.items() if rule.in_policies), "collection-notice")
"""The messages that both processes have, by the names of their templates."""
BY_CHANNEL = tuple(name for name, channel in CHANNELS.items() if not channel.rule.by_person)


class Kind(StrEnum):
    """How one message stands in both processes."""

    SAME = "same"
    ONLY_PURR = "only Purr"
    ONLY_THEM = "only them"
    OTHER_DAY = "other day"
    OTHER_CHANNEL = "other channel"


@dataclass(frozen=True, slots=True, order=True)
class Sent:
    """A message about an invoice, as one of the processes sent it or would have."""

    invoice: str
    message: str
    day: date
    channel: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A message of the day in either process, or in both."""

    kind: Kind
    purr: Sent | None
    them: Sent | None

    @property
    def of(self) -> Sent:
        """Which message it is."""
        sent = self.purr or self.them
        assert sent is not None
        return sent


def compared(purr: Iterable[Sent], them: Iterable[Sent], day: date) -> list[Compared]:
    """Every message of a day in either process, each told once, in the order of invoices.

    Both are known for `NEAR` days around it. What is alike is paired first: the same day and channel, then the same day, then
    the nearest. What one of them sent twice is once too often there.
    """
    theirs: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for each in them:
        theirs[each.invoice, each.message].append(each)
    ours: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for each in purr:
        ours[each.invoice, each.message].append(each)
    found = [one for key in ours.keys() | theirs.keys() for one in _held(ours[key], theirs[key])]
    of_day = (each for each in found if day in {sent.day for sent in (each.purr, each.them) if sent})
    return sorted(of_day, key=lambda each: (each.of, each.kind))


def counted(found: Iterable[Compared]) -> dict[Kind, int]:
    """How many there are of each kind, in the order of the kinds."""
    count = Counter(each.kind for each in found)
    return {kind: count[kind] for kind in Kind}


def in_words(count: dict[Kind, int]) -> str:
    """The same as people read it."""
    return ", ".join(f"{number} {kind}" for kind, number in count.items() if number) or "nothing sent by either"


def _held(ours: list[Sent], theirs: list[Sent]) -> Iterator[Compared]:
    """The same message about one invoice, in pairs, and what is left on either side."""
    near = [
        (abs(mine.day - other.day), mine.channel != other.channel, mine, other, place, facing)
        for place, mine in enumerate(sorted(ours))
        for facing, other in enumerate(sorted(theirs))
        if abs(mine.day - other.day) <= NEAR
    ]
    paired, met = set[int](), set[int]()
    for apart, another_way, mine, other, place, facing in sorted(near):
        if place not in paired and facing not in met:
            paired.add(place)
            met.add(facing)
            kind = Kind.OTHER_DAY if apart else Kind.OTHER_CHANNEL if another_way else Kind.SAME
            yield Compared(kind, mine, other)
    yield from (Compared(Kind.ONLY_PURR, each, None) for place, each in enumerate(sorted(ours)) if place not in paired)
    yield from (Compared(Kind.ONLY_THEM, None, each) for place, each in enumerate(sorted(theirs)) if place not in met)
