"""What a collection partner may say of a hand-off, and what each answer makes of it: also late, twice and out of order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.money.allocation import Owed
from domain.planner.case_facts import HandOffState


class Rejection(StrEnum):
    """Why a partner does not take a case. Each was a wrongful hand-off, and is counted by this word."""

    UNKNOWN_DEBTOR = "unknown-debtor"
    PAID = "paid"
    DISPUTED = "disputed"
    TOO_OLD = "too-old"
    TOO_SMALL = "too-small"
    INSOLVENT = "insolvent"
    DECEASED = "deceased"
    MINOR = "minor"
    INCOMPLETE = "incomplete"
    OTHER = "other"


class Ending(StrEnum):
    """Why a partner is done with a case."""

    PAID = "paid"
    UNCOLLECTIBLE = "uncollectible"
    INSOLVENT = "insolvent"
    DECEASED = "deceased"
    DISPUTED = "disputed"
    TOO_OLD = "too-old"
    GIVEN_BACK = "given-back"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The partner takes the case."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It does not: why, and more in its own words."""

    reason: Rejection
    detail: str | None = None


def rejected_because(words: str | None) -> Rejected:
    """A rejection that comes with a reason in words: one of ours, or any other."""
    known = next((each for each in Rejection if each == words), None)
    return Rejected(known) if known else Rejected(Rejection.OTHER, words)


@dataclass(frozen=True, slots=True)
class Paid:
    """The debtor has paid the partner: what of it is the creditor's, part by part; the partner's own costs are none of it.

    `payment` is the partner's id of that money.
    """

    payment: str
    of_claim: Owed
    currency: str
    paid_on: date


@dataclass(frozen=True, slots=True)
class PaymentReversed:
    """A payment to the partner, by its id there, is gone again, all of it."""

    payment: str
    on: date


@dataclass(frozen=True, slots=True)
class Closed:
    """The partner is done with the case."""

    reason: Ending
    detail: str | None = None


def closed_because(words: str | None) -> Closed:
    """The same of a closing."""
    known = next((each for each in Ending if each == words), None)
    return Closed(known) if known else Closed(Ending.OTHER, words)


@dataclass(frozen=True, slots=True)
class Question:
    """The partner asks something, under its own id; `answer_by` is the last day on which an answer helps."""

    id: str
    text: str
    answer_by: date | None = None


Said = Accepted | Rejected | Paid | PaymentReversed | Closed | Question


class Contradiction(Exception):
    """The answer cannot be: the message says what stands, and what to say instead."""


_EXPORTED, _ACCEPTED, _CLOSED = HandOffState.EXPORTED, HandOffState.ACCEPTED, HandOffState.CLOSED
_REJECTED, _RECALLED = HandOffState.REJECTED, HandOffState.RECALLED
_KNOWN = (_EXPORTED, _ACCEPTED, _REJECTED, _RECALLED, _CLOSED)
_AFTER: Mapping[type[Said], Mapping[HandOffState, HandOffState]] = {
    Accepted: {_EXPORTED: _ACCEPTED},
    Rejected: {_EXPORTED: _REJECTED},
    Closed: {_EXPORTED: _CLOSED, _ACCEPTED: _CLOSED},
    Question: {state: state for state in (_EXPORTED, _ACCEPTED)},
    Paid: {state: state for state in _KNOWN},  # money is money, whoever has the case by now
    PaymentReversed: {state: state for state in _KNOWN},
}
_CONTRADICTIONS: Mapping[tuple[type[Said], HandOffState], str] = {
    (Rejected, _ACCEPTED): "it was accepted before: close it with a reason instead",
    (Accepted, _REJECTED): "it was rejected before, and a person decides anew: wait for a hand-off of its own",
}


def state_after(state: HandOffState, said: Said) -> HandOffState | None:
    """What a hand-off is after an answer; None where it comes late or a second time, and nothing is done.

    Raises Contradiction for an answer that cannot be: of a case that was never handed off, or against an earlier answer.
    """
    if state not in _KNOWN:
        raise Contradiction("the case is not handed off")
    if why := _CONTRADICTIONS.get((type(said), state)):
        raise Contradiction(why)
    return _AFTER[type(said)].get(state)
