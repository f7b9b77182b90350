"""A policy: the dunning plan as plain, immutable data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from domain.agreements.instalments import PlanRules
from domain.agreements.pauses import PauseRules
from domain.agreements.promises import PromiseRules
from domain.countries.law import Law
from domain.countries.notices import Trade
from domain.countries.terms import Term
from domain.learned.arms import Experiment, Learn
from domain.parties.roles import ContactRole
from domain.vocabulary import MESSAGES, NO_MESSAGE, Channel, DebtorKind, MessageRule


class StepKind(StrEnum):
    """What a step is, which decides its form and what may follow it."""

    MESSAGE = "message"
    COLLECTION_NOTICE = "collection notice"
    CALL = "call"
    BLOCK = "block"
    TERMINATE = "termination"
    HAND_OFF = "hand-off"


class AnchorBase(StrEnum):
    """What a step's planned time counts from."""

    ISSUE_DATE = "issue date"
    DUE_DATE = "due date"
    STEP_SENT = "step sent"
    STEP_DEADLINE = "step deadline"


@dataclass(frozen=True, slots=True)
class Anchor:
    """When a step is planned: so many days (negative: before) from a base, at a local clock time if written.

    `step` names the earlier step for the bases STEP_SENT (its first lawful send) and STEP_DEADLINE.
    """

    base: AnchorBase
    step: str | None = None
    days: int = 0
    banking: bool = False
    clock: time | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """The fee a step asks for; what may be charged is decided by the law on the day of sending.

    `compensation` is the standard compensation between businesses, which takes the place of fees.
    """

    kind: Literal["none", "statutory", "amount", "compensation"]
    amount: Decimal | None = None


NO_FEE = Fee("none")
STATUTORY_FEE = Fee("statutory")
COMPENSATION = Fee("compensation")

TRIES = 3  # of a call, where its step says nothing
OnAmbiguous = Literal["assume sent", "send again"]
Interest = Literal["none", "statutory"]
UseOfCredit = Literal["show", "use"]


@dataclass(frozen=True, slots=True)
class When:
    """For whom a step is that may be left out: all that is written must be known to hold.

    `segment` is the invoice's own, or the one in which the debtor is found. `chance_below` is that of being paid within 14
    days, from 0 to 1; `margin_at_least` a month's, in the policy's currency. One that says nothing always holds.
    """

    segment: str | None = None
    payment_method: str | None = None
    customer_for_months: int | None = None
    chance_below: Decimal | None = None
    margin_at_least: Decimal | None = None


class Tone(StrEnum):
    """How a message sounds, the kindest first."""

    KIND = "kind"
    NEUTRAL = "neutral"
    FIRM = "firm"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a policy.

    `message` is the template's name, empty for a call, a block, a termination and a hand-off. `chain` is true for `reach`
    (the first channel that is read ends it) and false for `send` (all channels are sent). `alert` channels get copies
    that prove nothing. `deadline_days` runs from the last channel used. `not_after_days` is how long after
    its planned time the step may still be sent; None sets no limit. `attach_invoice` puts the invoice's own PDF to messages
    whose channel takes files. `tries` is how often a debtor is called whom nobody reaches, and
    `agency` who outside calls; None is our own people. `to` names who at a business gets it. A step with a `when` is optional:
    it stands beside the plan, which goes on as if it were not there. So is one of which channel or hour may change, in an
    `experiment` or by what is learned (`learn`). `content` is a sentence that its message says besides, by its name.
    """

    id: str
    kind: StepKind
    at: Anchor
    message: str = ""
    tone: Tone = Tone.KIND
    fee: Fee = NO_FEE
    channels: tuple[Channel, ...] = ()
    chain: bool = True
    alert: tuple[Channel, ...] = ()
    read_within: timedelta | None = None
    sms_delivered_counts_after: timedelta | None = None
    deadline_days: int | None = None
    balance_at_least: Decimal | None = None
    approval: bool = False
    on_ambiguous: OnAmbiguous = "assume sent"
    not_after_days: int | None = None
    attach_invoice: bool = False
    tries: int = TRIES
    agency: str | None = None
    to: ContactRole | None = None
    when: When | None = None
    content: str | None = None
    experiment: Experiment | None = None
    learn: Learn | None = None

    @property
    def tones(self) -> tuple[Tone, ...]:
        """Every tone in which its message may sound: its own, and what is tried or may be learned."""
        order = list(Tone)
        tried = [each.arm.tone for each in self.experiment.arms if each.arm.tone] if self.experiment else []
        learned = order[: order.index(self.tone)] if self.learn is not None and self.learn.tone else []
        return tuple(dict.fromkeys([self.tone, *tried, *learned]))

    @property
    def is_optional(self) -> bool:
        """Whether it stands beside the plan: who gets it, by what or at what hour, moves nothing else."""
        moves = self.experiment is not None and any(each.arm.moves for each in self.experiment.arms)
        return self.when is not None or moves or (self.learn is not None and self.learn.moves)

    @property
    def role(self) -> ContactRole:
        """Who at a business gets it: whom it names, else who gets messages of its kind."""
        return self.to or ("invoice" if self.message == "invoice" else "reminder")

    @property
    def says(self) -> MessageRule:
        """What is known of its message."""
        return MESSAGES.get(self.message, NO_MESSAGE)


@dataclass(frozen=True, slots=True)
class ContactCap:
    """At most `count` contacts with one debtor within `days` days, all cases together."""

    count: int = 3
    days: int = 7

    def __str__(self) -> str:
        """In words."""
        return f"{self.count} message{'s'[: self.count > 1]} in {self.days} day{'s'[: self.days > 1]}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole plan, pinned by a case through the hash of its text.

    `spread` is the window over which the sends of a step are spread. Messages to one debtor due within
    `merge_within_days` become one. A policy in `shadow` decides and sends nothing. `interest` is claimed from the
    collection notice on, for every day since the due date. `credit` of the debtor's other invoices is shown, or used
    from the due day on.
    """

    name: str
    country: str
    currency: str
    steps: tuple[Step, ...]
    text_hash: str
    debtor: DebtorKind = "any"
    trade: Trade | None = None  # what the service is, which a block would stop
    ignore_balance_below: Decimal = Decimal("0")
    tolerance: Decimal = Decimal("0")  # a promise or instalment that is short by less is kept
    min_gap_days: int = 5
    contact_cap: tuple[ContactCap, ...] = (ContactCap(),)  # each holds: a day's, a week's, a month's
    spread: timedelta = timedelta(hours=2)
    merge_within_days: int = 3
    shadow: bool = False
    interest: Interest = "none"
    credit: UseOfCredit = "show"
    promises: PromiseRules = field(default_factory=PromiseRules)
    plans: PlanRules = field(default_factory=PlanRules)
    pauses: PauseRules = field(default_factory=PauseRules)
    declares: frozenset[Term] = frozenset()  # of the creditor's agreements and licences, where the law asks for them
    index: Mapping[str, int] = field(init=False, compare=False, repr=False)
    """The position of each step by its id."""
    optional: Mapping[str, Step] = field(init=False, compare=False, repr=False)
    """The steps that stand beside the plan, by their ids."""
    experiments: Mapping[str, Experiment] = field(init=False, compare=False, repr=False)
    """The experiments of its steps, by their ids."""
    learns: bool = field(init=False, compare=False, repr=False)
    """Whether anything of its steps may be proposed."""
    fixed: "Policy" = field(init=False, compare=False, repr=False)
    """The same plan with the steps alone that everybody gets; it still knows when the optional ones are planned."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {step.id: position for position, step in enumerate(self.steps)})
        experiments = [step.experiment for step in self.steps if step.experiment is not None]
        object.__setattr__(self, "experiments", {each.id: each for each in experiments})
        object.__setattr__(self, "learns", any(step.learn is not None for step in self.steps))
        optional, fixed = {step.id: step for step in self.steps if step.is_optional}, self
        if optional:
            fixed = replace(self, steps=tuple(step for step in self.steps if not step.is_optional))
            object.__setattr__(fixed, "optional", optional)
        object.__setattr__(self, "optional", optional)
        object.__setattr__(self, "fixed", fixed)

    def whoever_it_is(self) -> "Policy":
        """The same plan with every optional step taken, whoever the debtor is: how a preview shows them."""
        return replace(
            self, steps=tuple(step if step.when is None else replace(step, when=When()) for step in self.steps)
        )


def law_of(policy: Policy, laws: Mapping[str, Law], country: str | None = None, place: str = "") -> Law:
    """The law that holds for a policy's cases: its country's, under what its creditor declares. `laws` are by country.

    Of a debtor in a `country` the clock, the holidays and the hours of contact are those of there; the holidays also those
    of the region in which `place` lies, the last line of their address.
    """
    law = laws[policy.country].under(policy.declares)
    return law if country is None else law.felt_in(country, laws.get(country), place)
