"""A distribution house carries letters in the order that is wanted, and tells of each how it went: what that comes to.

It may put a letter into a digital mailbox, send an e-invoice, or print and post it. What it tells of a letter may come late,
twice and in any order, and may contradict itself: what it comes to is the same in every order, and of two readings the kinder
one for the debtor holds, while a person is told.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from domain.vocabulary import MESSAGES, NO_MESSAGE

Need = Literal["reminder", "notice"]
"""What the law asks a form of: a reminder that costs, and what warns of something hard."""
NEEDS: tuple[Need, ...] = ("reminder", "notice")


class Way(StrEnum):
    """How the house brings a letter."""

    MAILBOX = "digital mailbox"
    E_INVOICE = "e-invoice"
    PAPER = "paper"


class Told(StrEnum):
    """What the house tells of a letter."""

    DELIVERED = "delivered digitally"
    OPENED = "opened"
    PRINTED = "printed"
    POSTED = "posted"
    RETURNED = "returned"


def _ends_on_paper(order: tuple[Way, ...]) -> tuple[Way, ...]:
    if len(set(order)) != len(order):
        raise ValueError("names each way once")
    if order and order[-1] is not Way.PAPER:
        raise ValueError("ends with paper: who has no mailbox gets a letter")
    return order


Order = Annotated[tuple[Way, ...], AfterValidator(_ends_on_paper), Field(max_length=len(Way))]
"""The ways that a creditor wants its letters to go, the first first; none: the printer has them."""


def need_of(message: str, *, costs: bool) -> Need | None:
    """What the law asks a form of in a message; None in one that neither costs nor warns."""
    if MESSAGES.get(message, NO_MESSAGE).threatens:
        return "notice"
    return "reminder" if costs else None


def ways_of(order: Sequence[Way], *, needs_paper: bool, is_an_e_invoice: bool) -> tuple[Way, ...]:
    """The ways to order of the house for a letter, by the creditor's order.

    `needs_paper`: no other way counts, by law or by what is known of the debtor. `is_an_e_invoice`: it is an invoice that can
    go so.
    """
    if needs_paper:
        return (Way.PAPER,)
    return tuple(way for way in order if way is not Way.E_INVOICE or is_an_e_invoice)


@dataclass(frozen=True, slots=True)
class Status:
    """One thing that the house told of a letter: on which local day, and when, where it told a moment (UTC)."""

    told: Told
    on: date
    way: Way | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a status file; `at` (UTC) where it tells a moment, `on` where it tells a day."""

    number: int
    creditor: str
    letter: UUID
    told: Told
    way: Way | None = None
    on: date | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Carried:
    """What all that was told of a letter comes to."""

    way: Way | None = None
    """How it reached the debtor, or is on its way; None while nothing says so."""
    left_on: date | None = None
    """The day on which it was posted, or lay in the mailbox: of several the latest, from which the most time is left."""
    opened: Status | None = None
    returned_on: date | None = None
    from_an_address: bool = False
    """It came back on paper: its address is wrong."""
    contradictions: tuple[str, ...] = ()


def carried(statuses: Collection[Status], ordered: Sequence[Way]) -> Carried:
    """What the statuses of one letter come to, in whatever order they were told; `ordered` are the ways that it was to go."""
    of = {told: sorted((each for each in statuses if each.told is told), key=_order) for told in Told}
    posted, returned, opened = of[Told.POSTED], of[Told.RETURNED], of[Told.OPENED]
    digital = of[Told.DELIVERED] or opened[:1]  # who has opened it has it, though nobody told that it was delivered
    ways = sorted({each.way or Way.MAILBOX for each in (*of[Told.DELIVERED], *opened)})
    way = Way.PAPER if posted else ways[0] if ways else None
    return Carried(
        way=way,
        left_on=max((each.on for each in (*posted, *digital)), default=None),
        opened=opened[0] if opened and not returned else None,
        returned_on=returned[0].on if returned else None,
        from_an_address=bool(returned) and (bool(posted or of[Told.PRINTED]) or not digital),
        contradictions=tuple(_contradictions(of, ways, way, ordered)),
    )


def counts(carried: Carried, ordered: Sequence[Way], *, needs_paper: bool) -> bool:
    """Whether a letter is one by the way it went; nothing says otherwise while it has gone none."""
    if carried.way in (None, Way.PAPER):
        return True
    return not needs_paper and (carried.way is Way.MAILBOX or carried.way in ordered)


def left(way: str | None) -> str:
    """How a letter left, as it is said before the day: by the printer too, of which nothing is told."""
    return {Way.MAILBOX: "in the digital mailbox", Way.E_INVOICE: "as an e-invoice"}.get(Way(way or "paper"), "posted")


def _order(status: Status) -> tuple[date, str]:
    return status.on, status.at.isoformat() if status.at else ""


def _is_after(later: Status, earlier: Status) -> bool:
    """Whether one came after the other, as far as can be told: of two on a day only where both tell a moment."""
    if later.at and earlier.at:
        return later.at > earlier.at
    return later.on > earlier.on


def _contradictions(
    of: Mapping[Told, Sequence[Status]], ways: Sequence[Way], way: Way | None, ordered: Sequence[Way]
) -> Iterator[str]:
    delivered, opened, posted, returned = (
        of[told] for told in (Told.DELIVERED, Told.OPENED, Told.POSTED, Told.RETURNED)
    )
    printed = (*of[Told.PRINTED], *posted)
    if returned and opened:
        yield "it came back, though it had been opened"
    elif returned and delivered and not posted:
        yield "it came back, though it had been delivered digitally"
    if opened and delivered and _is_after(delivered[0], opened[0]):
        yield "it was opened before it was delivered"
    if opened and any(_is_after(each, opened[0]) for each in printed):
        yield "it was printed, though it had been opened"
    for told, several in (("delivered", delivered), ("posted", posted)):
        if len({each.on for each in several}) > 1:
            yield f"it was {told} on several days"
    if returned and any(_is_after(each, returned[0]) for each in posted):
        yield "it was posted after it had come back"
    if len(ways) > 1:
        yield "it was delivered in several ways"
    if way is not None and way not in ordered:
        yield f"it went by {way}, which was not ordered"
