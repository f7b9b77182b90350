"""Segments that were found among a creditor's debtors: what sets each apart, in words; their keys stay, whatever they are called.

Two things are looked at above all: whether debtors seem able to pay, and whether they answer, keep and pay. A segment says
how invoices are dealt with, never what somebody is like.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from domain.vocabulary import Channel

NEW: Final = "new"
"""The key of those of whom too little is known: it is not found, it is who is left."""

USE: Final = (
    "for your own service and risk management, with a person who decides; alone it refuses, ends and prices nothing"
)
"""What whoever is told of a segment or a behaviour may use it for."""
A_MESSAGE: Final[Mapping[str, str]] = {
    Channel.SMS: "an SMS",
    Channel.EMAIL: "an email",
    Channel.LETTER: "a letter",
    Channel.PHONE: "a call",
}
"""A message by its channel, as it is said; a message where it has no word of its own."""


class Traits(NamedTuple):
    """Where a debtor, or the middle of a segment, stands: each from 0 to 1."""

    able: float  # pays in one go, keeps plans; less where time or parts were asked for
    willing: float  # answers, reads, keeps promises; less where nothing comes back
    late: float  # the share of invoices that is paid late, or is late
    prompted: float  # of those, the share that was paid within days of a message


class Segment(NamedTuple):
    """A segment as it was found: its middle, how many debtors are in it, and by which channel most were prompted, if by one."""

    key: str
    middle: Traits
    members: int
    channel: str | None = None

    @property
    def found_name(self) -> str:
        """What it is called until a person calls it something else."""
        return name_of(self.middle, self.channel)


STARTS: Final[Mapping[str, Traits]] = {
    "in-time": Traits(0.9, 0.9, 0.05, 0.1),
    "forgets": Traits(0.9, 0.8, 0.7, 0.9),
    "habit": Traits(0.9, 0.7, 0.9, 0.1),
    "cannot": Traits(0.25, 0.7, 0.8, 0.2),
    "silent": Traits(0.8, 0.15, 0.9, 0.1),
    "cannot-silent": Traits(0.2, 0.15, 0.9, 0.1),
}
"""Where segments are looked for first, by the keys that they then have: what is found moves to where debtors are."""


def name_of(middle: Traits, channel: str | None = None) -> str:
    """What sets a segment apart, in words."""
    if middle.late < 0.3:
        return "pays in time"
    able, answers = middle.able >= 0.5, middle.willing >= 0.45
    if not able:
        return "wants to but cannot" if answers else "cannot pay all at once, and does not answer"
    if middle.prompted >= 0.5:
        return f"forgets, pays after {A_MESSAGE.get(channel or '', 'a message')}"
    return "pays late by habit, able" if answers else "able, and does not answer"


def names_of(segments: Sequence[Segment]) -> dict[str, str]:
    """A name for each, by its key: of two that would be called the same, the second says what it has more of or less."""
    names: dict[str, str] = {}
    first: dict[str, Segment] = {}
    for segment in segments:
        name = segment.found_name
        other = first.setdefault(name, segment)
        names[segment.key] = name if other is segment else f"{name}, {_difference(segment.middle, other.middle)}"
    return names


def in_words(middle: Traits) -> str:
    """Where a debtor or a segment stands, as a sentence without a point."""
    return (
        f"seems able to pay {middle.able:.0%}, answers and keeps {middle.willing:.0%}, pays late {middle.late:.0%}"
        + (f", of that after a message {middle.prompted:.0%}" if middle.late >= 0.3 else "")
    )


def _difference(one: Traits, other: Traits) -> str:
    apart = {trait: getattr(one, trait) - getattr(other, trait) for trait in Traits._fields}
    trait = max(apart, key=lambda each: abs(apart[each]))
    return _MORE_LESS[trait][apart[trait] < 0]


_MORE_LESS: Final[Mapping[str, tuple[str, str]]] = {
    "able": ("more able", "less able"),
    "willing": ("answers more", "answers less"),
    "late": ("later", "less late"),
    "prompted": ("more often after a message", "more often by itself"),
}
