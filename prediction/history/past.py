"""A past as columns: invoices, what happened to them and what was known of who owed them; read as of any moment.

Everything has the moment at which it became known. `as_of` leaves what was known then, and nothing else reads a past: what
is guessed for a day in June knows nothing of July, whether it learns or is judged. Moments are UTC in whole seconds, days
are the local ones of whoever owes, amounts are in the invoice's own currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int32]
Moments = NDArray[np.datetime64]  # [s], UTC
Days = NDArray[np.datetime64]  # [D], local
Chosen = NDArray[Any]  # a mask, or places in an order

NOT_TOLD: Final = -1  # the code of what nobody told


class Happened(IntEnum):
    """What may happen to an invoice. `detail` and `amount` of an event mean what is said here; else they are not told."""

    PAYMENT = 1  # amount: positive money in, negative taken back; detail: the method
    CREDIT = 2  # amount: what a credit note took off
    MESSAGE = 3  # detail: the message's kind; channel
    READ = 4  # channel: by whom its message was read
    NOT_DELIVERED = 5  # channel: bounced, undelivered, returned
    VISIT = 6  # of the invoice page
    REPLY = 7  # detail: the class that it was sorted as; one event for each class
    PROMISE = 8  # amount: the day promised, as days since 1970
    PROMISE_KEPT = 9
    PROMISE_BROKEN = 10
    PLAN = 11
    PLAN_KEPT = 12
    PLAN_BROKEN = 13
    DISPUTE = 14
    DISPUTE_ENDED = 15  # detail: how
    CALL = 16  # detail: what came of it
    DRAW_FAILED = 17
    DUE_DATE_MOVED = 18  # amount: the new due date, as days since 1970
    FEE = 19  # amount
    NOTICE = 20  # channel: the collection notice
    HAND_OFF = 21
    WRITTEN_OFF = 22  # amount
    CLOSED = 23  # without a payment: taken back, died, faulty; detail: why
    PAYMENT_FAILED = 24  # begun on the page and refused or given up; detail: the method
    MONEY_WAITS = 25  # that may be for it, until somebody has looked
    CHOICE = 26  # of a way to make a contact; detail: its step and arm; amount: how probable the arm was; channel
    INTEREST = 27  # amount: what was charged; negative: taken back
    CUSTOMER_LEFT = 28  # of a file: who owes is a customer no more; amount: what is lost by that


@dataclass(frozen=True, slots=True)
class Words:
    """A column of words: each row's code, and what the codes mean. NOT_TOLD where nobody told."""

    codes: Codes
    meanings: tuple[str, ...]

    def of(self, rows: Chosen) -> "Words":
        """The same words for some rows."""
        return Words(self.codes[rows], self.meanings)

    def word(self, row: int) -> str:
        """What one row says; empty where nobody told."""
        code = int(self.codes[row])
        return "" if code == NOT_TOLD else self.meanings[code]

    def among(self, *meanings: str) -> NDArray[np.bool_]:
        """Where the column has one of these words."""
        return np.isin(self.codes, [code for code, meaning in enumerate(self.meanings) if meaning in meanings])


@dataclass(frozen=True, slots=True)
class Invoices:
    """Invoices, a row each, whatever their order."""

    id: NDArray[np.int64]  # its case in the facts; elsewhere its place in what was read
    creditor: Words  # who is owed
    debtor: Codes  # who owes; whoever owes two creditors is two: none learns from another's customer
    amount: Numbers
    currency: Words
    issued: Days
    due: Days  # the first due date; what moved it is an event
    known_at: Moments
    kind: Words  # consumer | business
    country: Words
    segment: Words  # as the creditor told it
    postcode: Words

    def __len__(self) -> int:
        return len(self.id)

    def of(self, rows: Chosen) -> "Invoices":
        """Some of them."""
        return Invoices(*(_chosen(getattr(self, each.name), rows) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, a row each, in the order in which it became known."""

    invoice: Codes  # its row among the invoices
    kind: NDArray[np.int8]
    at: Moments  # when it happened
    known_at: Moments  # when it became known, which is never before it happened
    amount: Numbers  # nan where there is none
    channel: Words
    detail: Words

    def __len__(self) -> int:
        return len(self.invoice)

    def of(self, rows: Chosen) -> "Events":
        """Some of them, in their order."""
        return Events(*(_chosen(getattr(self, each.name), rows) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Told:
    """Dated facts about debtors that came from elsewhere or from their relation: an income, a score, a payment method.

    Of one debtor and one `what` the newest that holds on a day, and was known then, counts: since the latest day. Of one day
    what became known last takes the place of what was known before, so that a fact is corrected or ended.
    """

    debtor: Codes
    what: Words  # an allow-list in code says which are looked at
    since: Days  # from when it holds
    until: Days  # the first day on which it does not; NaT: it still does
    known_at: Moments
    number: Numbers  # nan where it is a word
    word: Words

    def __len__(self) -> int:
        return len(self.debtor)

    def of(self, rows: Chosen) -> "Told":
        """Some of them."""
        return Told(*(_chosen(getattr(self, each.name), rows) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of some invoices, up to the moment `through`: what had not happened by then may yet."""

    invoices: Invoices
    events: Events
    told: Told
    through: np.datetime64  # [s]

    def as_of(self, moment: np.datetime64) -> Self:
        """What was known at a moment: nothing that happened, or became known, after it."""
        known = self.invoices.known_at <= moment
        row_of = np.cumsum(known, dtype=np.int32) - 1
        events = self.events.of((self.events.known_at <= moment) & known[self.events.invoice])
        return replace(
            self,
            invoices=self.invoices.of(known),
            events=replace(events, invoice=row_of[events.invoice].astype(np.int32)),
            told=self.told.of(self.told.known_at <= moment),
            through=min(self.through, moment),
        )


def words(told: Sequence[str | None], known: Sequence[str] = ()) -> Words:
    """A column from its words; `known` are meanings that come first, so that their codes stay."""
    codes: dict[str, int] = {word: code for code, word in enumerate(known)}
    found = [NOT_TOLD if word is None else codes.setdefault(word, len(codes)) for word in told]
    return Words(np.array(found, dtype=np.int32), tuple(codes))


def _chosen(column: Any, rows: Chosen) -> Any:
    return column.of(rows) if isinstance(column, Words) else column[rows]
