"""What is known of one case at one moment: everything the planner may look at, and nothing else."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.countries.fees import EarlierFee
from domain.learned.arms import InExperiment, Proposal
from domain.learned.guess import FoundIn, Guess
from domain.money.allocation import PARTS, Change, Part
from domain.money.amount import ZERO
from domain.parties.life_events import LifeEvent
from domain.parties.relations import RelationEvent
from domain.parties.roles import NO_ROLE
from domain.parties.sms_senders import SmsSenders
from domain.parties.speakers import Asker
from domain.vocabulary import Channel, DebtorKind


class DeliveryState(StrEnum):
    """How far a delivery came. `claimed` without an answer may or may not have been sent."""

    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    UNAVAILABLE = "unavailable"  # the provider certainly did not take it; it may be tried again
    FAILED = "failed"  # bounced, undelivered, refused or returned: this address will not work
    SHADOW = "shadow"  # decided by a policy that sends nothing


class HandOffState(StrEnum):
    """Where a hand-off is between us and the collection partner."""

    QUEUED = "queued"
    EXPORTED = "exported"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RECALLED = "recalled"
    CLOSED = "closed"  # by the partner, which has it no more
    BACKED_OUT = "backed out"  # by the last check before the export: as if it had never been queued


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach the debtor (or the representative who stands in the debtor's place)."""

    channel: Channel
    usable: bool
    wrote_from_at: datetime | None = None  # when the debtor last wrote from this address
    of_representative: bool = False
    role: str = NO_ROLE  # of a business: for which messages
    network: str = ""  # of a number that gets SMS: the country of its networks, where that is known


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asked for of one case: principal, and fees and interest together."""

    principal: Decimal
    costs: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.principal + self.costs


@dataclass(frozen=True, slots=True)
class Draw:
    """Money that is drawn from the debtor's account on a day; of a plan for one instalment."""

    amount: Decimal
    day: date
    instalment: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message through one channel, as it concerns this case."""

    round: int
    step: str
    channel: Channel
    state: DeliveryState
    claimed_at: datetime
    attempt: int = 1
    alert: bool = False  # a copy that proves nothing
    accepted_at: datetime | None = None
    first_unavailable_at: datetime | None = None
    unavailable_at: datetime | None = None
    failure: str | None = None  # why it was not taken, in words
    try_again: bool = (
        False  # now, and not when its hour is over: its provider answers again, or is asked whether it does
    )
    delivered_at: datetime | None = None
    read_at: datetime | None = None  # human open, click, page visit or read receipt
    posted_on: date | None = None  # a letter: the day the printer confirms
    deadline: date | None = None  # as printed in the message
    asked: Asked | None = None  # None: not known
    draw: Draw | None = None  # that it told of
    ours: bool = True  # not from before the case was ours
    addressee: Asker | None = None  # who stood in for the debtor and got it; None: the debtor

    @property
    def sent_at(self) -> datetime:
        """When it was sent: accepted by the provider, else claimed."""
        return self.accepted_at or self.claimed_at


@dataclass(frozen=True, slots=True)
class AlreadySent:
    """A message about the claim that the creditor sent before the case was ours, as the import tells it.

    To the planner it is a delivery that stands, of the step that brings this message. Its fee is an earlier fee, which
    the planner takes from here: `earlier_fees` leaves it out, `charged` and the balance hold it where the ledger does.
    """

    message: str  # by the template's name: invoice, due-date-reminder, reminder, collection-notice
    channel: Channel
    sent_on: date
    fee: Decimal = ZERO
    deadline: date | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """A message that another open case of the same debtor is about to send; `at` is its own moment, joined or not."""

    message: str
    channel: Channel
    at: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class PastEvent:
    """Something that happened once: a claim that failed, a payment that was given up."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Announced:
    """Something that the creditor tells many: since when this case is to tell its debtor, and the last day of any use."""

    id: str
    at: datetime
    until: date


@dataclass(frozen=True, slots=True)
class Paid:
    """The money that came for a case and was not taken back."""

    amount: Decimal
    at: datetime  # when the latest came to us
    dated: date  # its value date
    announced: bool = False  # the debtor had said that it was paid
    days: tuple[date, ...] = ()  # the value date of each payment, oldest first; credit that was used is none


@dataclass(frozen=True, slots=True)
class CreditUsed:
    """Credit of other invoices that pays this one, as it was last used; `of` are their numbers."""

    id: str
    at: datetime
    amount: Decimal
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PendingDraw:
    """A direct-debit claim that is with the bank; `amount` is in the case's currency."""

    claim: int
    amount: Decimal
    due_on: date
    mandate_stands: bool = True
    plan: int | None = None  # whose instalment it is for
    instalment: int | None = None
    told: bool = False  # a person has been told that it is drawn though it should not be
    sent_at: datetime | None = None
    ours_to_tell: bool = False  # the debtor wants to be told of each claim, and the bank does not tell of this one

    @property
    def money(self) -> Draw:
        """What it draws, and when."""
        return Draw(self.amount, self.due_on, self.instalment)


@dataclass(frozen=True, slots=True)
class DueMoved:
    """The creditor gave the invoice another due date, or gives new days since its payment was taken back."""

    id: str
    at: datetime
    payment_returned: bool = False


@dataclass(frozen=True, slots=True)
class ActivePlan:
    """The instalment plan that is in force; amounts in the case's currency."""

    id: int
    agreed_on: date
    instalments: tuple[Instalment, ...]
    paid: Decimal  # all that came in since it was agreed
    interest: Decimal = ZERO  # that it costs
    chance_until: date | None = None  # the deadline of the one chance, once it was given


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What may stand in the way of a case, from whatever door it is looked at: its own state, its debtor's, its creditor's."""

    balance: Decimal  # principal, fees and interest less what was paid and credited
    contradiction: str | None = None  # what of the facts cannot be, in words
    open: bool = True
    withdrawn: bool = False
    hand_off: HandOffState | None = None
    issue_date: date | None = None
    life: tuple[LifeEvent, ...] = ()  # what is known of the debtor's life, oldest first
    stops: tuple[str, ...] = ()  # stop switches that cover the case: "everything", "creditor", "policy"
    stopped_channels: frozenset[Channel] = frozenset()
    outside_ramp: int | None = None  # so many of a hundred of its creditor's debtors are in, and this one is not
    shadow: bool = False  # its policy is one
    unsettled: str | None = None  # why a person has to say by which policy it goes, in words
    disputed: bool = False  # all of it
    disputed_amount: Decimal = ZERO  # the part that is disputed, where it is not all of it
    not_before: date | None = None  # a promise not to act earlier: a rejected dispute gives new days
    held: bool = False
    held_until: datetime | None = None
    hold_reason: str | None = None
    turn_at: datetime | None = None  # released with many others: when its turn comes
    paying_since: datetime | None = None  # the debtor is at a payment provider right now
    money_in_review: date | None = None  # money that may be for this case has waited for a person since this day
    unread_reply: datetime | None = None  # when the debtor's latest words came that nobody has read
    promises: tuple[Promise, ...] = ()
    plan: ActivePlan | None = None

    @property
    def undisputed(self) -> Decimal:
        """What is asked for: the balance without the part that is disputed."""
        return max(ZERO, self.balance - self.disputed_amount)

    @property
    def with_partner(self) -> bool:
        """Whether the collection partner has the claim, or has yet to answer for it."""
        return self.hand_off in (HandOffState.EXPORTED, HandOffState.ACCEPTED)

    def but(self, **changes: Any) -> Self:
        """The same facts but for some: what `replace` gives, for where cases are run ahead by the million.

        Raises TypeError for a fact that there is not.
        """
        if unknown := changes.keys() - self.__dict__.keys():
            raise TypeError(f"a case has no {', '.join(sorted(unknown))}")
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, **changes)
        return other

    def on_hold(self, now: datetime) -> bool:
        """Whether a hold stands at `now` (UTC): one whose end is past does not."""
        return self.held and (self.held_until is None or now < self.held_until)


@dataclass(frozen=True, kw_only=True)
class CaseFacts(Circumstances):
    """One case as the facts have it. Amounts are in `currency`; moments are UTC; dates are in law.

    Not in slots: so `but` can take over all values at once, where `replace` goes through eighty of them.
    """

    case: str  # the workflow id: `dunning/<creditor>/<invoice number>`
    spread_seed: int  # a stable number that spreads a step's sends over its window
    round: int
    issue_date: date
    due_date: date
    currency: str
    principal: Decimal  # what is left of the principal
    interest: Decimal = ZERO  # what is left of the interest
    allocation: tuple[Part, ...] = PARTS  # in which order money pays the parts
    first_due: date | None = None  # the due date that the invoice came with, where it was moved
    debtor_kind: DebtorKind = "consumer"
    charged: Decimal = ZERO  # fees and compensation charged and not taken back, paid or not
    compensation: Decimal = ZERO  # the compensation among them
    interest_charged: Decimal = ZERO  # interest booked and not taken back, paid or not
    interest_through: date | None = None  # the last day it was booked for
    principal_changes: tuple[Change, ...] = ()  # by value date
    credited: bool = False  # the principal was taken away by credit notes rather than paid
    news_seq: int = 0
    bank_data_through: date | None = None  # every account of the creditor is imported through this day
    contacts: tuple[Contact, ...] = ()
    sms_senders: SmsSenders = field(default_factory=SmsSenders)  # what SMS leave as
    deliveries: tuple[Delivery, ...] = ()  # of every round, oldest first
    skipped: frozenset[str] = frozenset()  # steps skipped in this round
    send_now: frozenset[str] = frozenset()  # steps asked for at once in this round
    tasks: frozenset[tuple[str, str]] = frozenset()  # (kind, step) of the tasks opened in this round
    tasks_done: frozenset[tuple[str, str]] = frozenset()  # of them, those that are done with
    claim_due: date | None = None  # a direct-debit draw is pending on this day
    drawn_elsewhere: bool = False  # by the creditor's own system, on that day
    draw: PendingDraw | None = None  # the next one that the bank has, of today or later, and that brought nothing yet
    pending_mandate: PastEvent | None = None  # asked for with this invoice, and not confirmed by the bank
    returned_claim: PastEvent | None = None  # the latest draw that was taken back
    drawable: bool = False  # a mandate stands that would be drawn on: no draw of this money has failed or was undone
    failed_claim: PastEvent | None = None  # the latest draw that brought nothing, in this round
    abandoned_payment: PastEvent | None = None  # the latest payment that was begun and given up, with none after it
    link_asked: PastEvent | None = None  # the latest time that somebody on the phone wanted the way to pay by SMS
    paid: Paid | None = None
    credit: Decimal = ZERO  # of the debtor's other invoices, less what older ones under the same policy take
    credit_used: CreditUsed | None = None  # the latest that stands as paid
    partner_known: bool = False  # the creditor's collection partner has a name
    answers_since: datetime | None = (
        None  # since when the partner answers the debtor's cases of a file: some wait for it
    )
    rejected_dispute: PastEvent | None = None  # the latest that was rejected
    answer: PastEvent | None = (
        None  # the latest of a person's to the debtor's words, by `ID-CHANNEL`: the way they came by
    )
    statement_asked: PastEvent | None = None  # the latest time that somebody wanted the debtor to get a statement
    address_given: PastEvent | None = None  # another address of the debtor's, confirmed by its owner and not used yet
    announced: Announced | None = None  # the latest that the debtor is to hear of by this case
    unfound_payment: PastEvent | None = (
        None  # the debtor said that it is paid, and no money came since: when the wait for it was over, or will be
    )
    due_moved: DueMoved | None = (
        None  # the latest time that the due date was moved by somebody else than a late invoice
    )
    blocked: bool = False  # the service is blocked
    freed_at: datetime | None = None  # when it was last free again: a warning of before warns no more
    approval_asked_at: datetime | None = None  # since when a person has been asked to approve a step
    terminated: bool = False  # the service was ended for it
    approval: str | None = None  # "approved" | "rejected", the latest verdict in this round
    approval_of: str | None = None  # the step that it is on; None: the hand-off
    stood_still: tuple[
        tuple[datetime, datetime], ...
    ] = ()  # holds and stop switches whose end is known: since and until
    recent_contacts: tuple[
        datetime, ...
    ] = ()  # messages and calls to whoever is written to, in all cases, oldest first
    companions: tuple[Companion, ...] = ()
    told_of_others: tuple[tuple[str, datetime], ...] = ()  # the latest of each message about other invoices alone
    earlier_fees: tuple[EarlierFee, ...] = ()  # charged by our own messages and not taken back
    already_sent: tuple[AlreadySent, ...] = ()  # before the case was ours
    optional_contacts: tuple[datetime, ...] = ()  # of the recent contacts, those of steps that may be left out
    segment: str | None = None  # what stands on the invoice
    relations: tuple[
        RelationEvent, ...
    ] = ()  # what was told of the customer; with a guess, for policies that ask for it
    guess: Guess | None = None
    found_in: FoundIn | None = None
    arms: tuple[InExperiment, ...] = ()  # of its debtor, for policies that have experiments
    proposals: tuple[Proposal, ...] = ()  # for policies that let something be learned
