"""Arms: the ways in which a contact may be made, and which of them a debtor gets in an experiment."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from domain.learned.guess import Age, age
from domain.vocabulary import Channel

if TYPE_CHECKING:  # a policy is written with arms
    from domain.policy.policy import Step, Tone

HELD_OUT: Final = "none"
"""The name of the arm in which nothing is sent."""
AS_WRITTEN: Final = "as written"
"""The name of the arm in which a step goes as its policy says."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to make a contact; None is as the step says. `clock` is local, `content` names a sentence that is said besides.

    `held_out`: nothing is sent, and nothing else is said.
    """

    channel: Channel | None = None
    clock: time | None = None
    tone: "Tone | None" = None
    content: str | None = None
    held_out: bool = False

    @property
    def name(self) -> str:
        """A stable word for it, the same for everybody who speaks of it: `sms 18:00 kind`."""
        if self.held_out:
            return HELD_OUT
        clock = f"{self.clock:%H:%M}" if self.clock else None
        return " ".join(filter(None, (self.channel, clock, self.tone, self.content))) or AS_WRITTEN

    @property
    def moves(self) -> bool:
        """Whether it is about more than words: by what, when, or whether at all."""
        return self.held_out or self.channel is not None or self.clock is not None


@dataclass(frozen=True, slots=True)
class SharedArm:
    """An arm of an experiment as its policy calls it, and the share of debtors who get it, from 0 to 1."""

    name: str
    arm: Arm
    share: Decimal


@dataclass(frozen=True, slots=True)
class Experiment:
    """Ways of one step that are compared, each debtor in one of them, whatever number of invoices.

    It ends after `until`, the local day, and takes in no more than `sample` debtors; None sets no such end. `smallest_effect`
    is the difference between arms, of the share that has paid, that is worth knowing.
    """

    id: str
    step: str
    arms: tuple[SharedArm, ...]
    until: date | None = None
    sample: int | None = None
    smallest_effect: Decimal | None = None

    def drawn(self, creditor: str, debtor: int) -> SharedArm:
        """The arm that a debtor gets: by chance, and the same one whenever it is asked."""
        digest = sha256(f"{creditor}/{self.id}/{debtor}".encode()).digest()
        chance = Decimal(int.from_bytes(digest[:6])) / 2**48
        for each in self.arms:
            chance -= each.share
            if chance < 0:
                return each
        return self.arms[-1]  # shares come to one

    def called(self, name: str) -> SharedArm | None:
        """The arm of a name; None where the policy has none of that name any more."""
        return next((each for each in self.arms if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Learn:
    """What of a step may be proposed: by which of its channels, between which local hours, how it sounds, what it says besides.

    `explore` is the share of proposals that are made by chance, from 0 to 1.
    """

    channel: bool = False
    hours: tuple[time, time] | None = None
    tone: bool = False
    contents: tuple[str, ...] = ()
    explore: Decimal = Decimal(0)

    @property
    def moves(self) -> bool:
        """Whether it is about more than words."""
        return self.channel or self.hours is not None

    def allows(self, step: "Step", arm: Arm) -> bool:
        """Whether an arm lies within what may be proposed of the step. Nobody is proposed to be left out, or firmer words."""
        within = self.hours is not None and arm.clock is not None and self.hours[0] <= arm.clock < self.hours[1]
        return (
            not arm.held_out
            and (arm.channel is None or (self.channel and arm.channel in step.channels))
            and (arm.clock is None or within)
            and (arm.tone is None or (self.tone and not is_firmer(arm.tone, step.tone)))
            and (arm.content is None or arm.content in self.contents)
        )


@dataclass(frozen=True, slots=True)
class InExperiment:
    """How a debtor stands in an experiment: the arm by its name; `assigned` unless that is still to be written down."""

    experiment: str
    arm: str
    assigned: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """An arm that is proposed for a step of a round of a case, and when (UTC), by which version of what was learned."""

    round: int
    step: str
    arm: Arm
    at: datetime
    version: str = field(default="", compare=False)

    def stands(self, now: datetime) -> bool:
        """Whether it may be used at `now`: as a guess, while it is fresh."""
        return age(self.at, now) is Age.FRESH


def step_under(step: "Step", arm: Arm) -> "Step | None":
    """A step as it goes in an arm; None where nothing is sent. Only channels of its own go first, and all others after them."""
    if arm.held_out:
        return None
    channels, at = step.channels, step.at
    if arm.channel is not None and arm.channel in channels:
        channels = (arm.channel, *(each for each in channels if each != arm.channel))
    if arm.clock is not None:
        at = replace(at, clock=arm.clock)
    return replace(step, channels=channels, at=at, tone=arm.tone or step.tone, content=arm.content or step.content)


def is_firmer(tone: "Tone", than: "Tone") -> bool:
    """Whether a tone is firmer than another."""
    order = list(type(tone))
    return order.index(tone) > order.index(than)
