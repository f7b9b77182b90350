"""What an acceptance case is made of: its people's invoices, a script of what happens to them, and how it has to end."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from domain.invoices.incoming import IncomingSent
from simulator.casts.home import Home

if TYPE_CHECKING:
    from simulator.acceptance.stage import Stage

QUIET = "reads and waits"  # the habit of whose deeds the script decides
TAKEN_OVER = -13  # of the first day: issued and sent by another system, due on the day after the first


@dataclass(frozen=True, slots=True)
class Before:
    """What was sent before the first day, by another system. Days count from the first day; the fee is in kroner."""

    kind: str
    channel: str
    day: int
    fee: str = "0.00"
    deadline: int | None = None

    def told(self, first_day: date, home: Home) -> IncomingSent:
        """As an invoice file tells it."""
        return IncomingSent.model_validate(
            {
                "kind": self.kind,
                "channel": self.channel,
                "date": first_day + timedelta(days=self.day),
                "fee": home.amount(self.fee),
                "deadline": None if self.deadline is None else first_day + timedelta(days=self.deadline),
            }
        )


@dataclass(frozen=True, slots=True)
class Role:
    """One invoice of a case, and which of the case's people owes it. The amount is in kroner; days count from the first."""

    creditor: str
    amount: str
    person: int = 0
    habit: str = QUIET  # of the person, as the first of its roles says it
    issued: int = 0
    term: int = 14
    before: tuple[Before, ...] = ()
    in_file: bool = False  # comes later, in a file of the script's own


def taken_over(creditor: str, amount: str, person: int = 0, habit: str = QUIET) -> Role:
    """An invoice that another system sent by email: it falls due on the day after the first."""
    return Role(creditor, amount, person, habit, TAKEN_OVER, before=(Before("invoice", "email", TAKEN_OVER),))


@dataclass(frozen=True, slots=True)
class Told:
    """A message about an invoice as the facts have it."""

    step: str  # an occasion without what it is about
    channel: str
    state: str
    alert: bool
    to: str  # the address; of a letter the whole, with its name
    of_representative: bool
    fee: Decimal
    deadline: date | None
    on: date  # the day it was sent, where the debtor lives
    posted_on: date | None
    delivery: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An invoice as it stands: what was said about it, what it is over, and what waits for whom."""

    number: str
    state: str
    outcome: str | None
    flag: str | None
    step: str | None  # the one that comes next, or would
    why: str
    round: int
    due_date: date
    balance: Decimal
    fees: tuple[Decimal, ...]  # those that stand
    fees_ever: int
    interest: Decimal
    told: tuple[Told, ...]  # oldest first
    claims: tuple[str, ...]  # how the draws stand
    tasks: tuple[str, ...]  # the kinds that were ever asked
    hand_offs: tuple[str, ...]
    partner: tuple[str, ...]  # what the collection partner was told afterwards
    plans: tuple[str, ...]
    held_for: tuple[str, ...]  # the reasons of all its holds, over or not
    known: Mapping[str, date]  # what is known of the debtor's life, and the day it was first told
    by_hand: int  # payments that a person has matched
    reopened_on: date | None = None  # the day the case was opened again

    def messages(self, *steps: str, channel: str | None = None) -> Sequence[Told]:
        """What was said at these steps (all), by one channel or any; what was pulled before it left is not."""
        return [
            told
            for told in self.told
            if (not steps or told.step in steps) and channel in (None, told.channel) and told.state != "withdrawn"
        ]

    def says(self, step: str, channel: str | None = None) -> bool:
        """Whether this was said, by this channel."""
        return bool(self.messages(step, channel=channel))

    def deadline(self, step: str) -> date:
        """The last day that the latest posted letter of a step gives. Raises LookupError."""
        letter = self.letter(step)
        if letter is None or letter.deadline is None:
            raise LookupError(f"{self.number} was given no deadline by a {step}")
        return letter.deadline

    def since(self, kind: str) -> Sequence[Told]:
        """What was said after the day on which this became known of the debtor."""
        return [told for told in self.messages() if told.on > self.known.get(kind, date.max)]

    def letter(self, step: str) -> Told | None:
        """The latest letter of a step, once it is posted."""
        return next((told for told in reversed(self.messages(step, channel="letter")) if told.posted_on), None)

    @property
    def asked(self) -> Sequence[str]:
        """Every step that asked for money after the invoice and its due date, in order."""
        return [told.step for told in self.messages() if told.step in HARD]


HARD = ("friendly-reminder", "reminder", "last-reminder", "collection-notice")
World = Mapping[int, Seen]
"""A case's invoices by their place among its roles, from 0."""
Wait = datetime | Callable[[], bool]
"""What a script waits for: a moment (UTC), or what may be true after any step of the world."""
Script = Callable[["Stage"], AsyncIterator[Wait]]
Check = tuple[bool, str]
"""What has to hold, and what to say where it does not."""


@dataclass(frozen=True, slots=True)
class AcceptanceCase:
    """One case of the practice: the name it is told under, what it demands, and who lives it.

    The script decides what its people and the offices do, over the doors that everybody has; `ended` says of the end, which it
    reads by itself, what has to hold.
    """

    number: int
    name: str
    demands: str
    roles: tuple[Role, ...]
    script: Script
    ended: Callable[[World], Iterator[Check]]

    def wrong(self, seen: World) -> list[str]:
        """What has not ended as the practice demands, in words; empty where all has."""
        return [words for holds, words in self.ended(seen) if not holds]
