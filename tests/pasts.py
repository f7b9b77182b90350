"""Pasts made of plain rows: invoices, what happened to them, and what was told of who owes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prediction.history.past import Events, Happened, Invoices, Moments, Past, Told, words
from prediction.history.settled import End, turns_of
from prediction.history.timeline import NEVER

NO_DAY = "NaT"


@dataclass(frozen=True, slots=True)
class AnInvoice:
    """An invoice of a debtor, known at a moment; days and moments as ISO 8601 writes them, moments in UTC."""

    debtor: int = 0
    known_at: str = "2026-01-01T08:00:00"
    due: str = "2026-01-15"
    amount: float = 100.0
    issued: str = "2026-01-01"
    creditor: str = "north"
    currency: str = "NOK"
    kind: str | None = "consumer"
    country: str | None = "NO"


@dataclass(frozen=True, slots=True)
class AnEvent:
    """What happened to the invoice of a place; known at once where not said otherwise."""

    invoice: int
    kind: Happened
    at: str
    known_at: str = ""
    amount: float = np.nan
    channel: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class AFact:
    """What was told of a debtor."""

    debtor: int
    what: str
    number: float = np.nan
    word: str | None = None
    since: str = "2026-01-01"
    until: str = NO_DAY
    known_at: str = "2026-01-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Ends:
    """Of each invoice how it stands at the end of a past, when it came to that, and when that was known; NaT while open."""

    how: NDArray[np.int8]
    at: Moments
    known_at: Moments


def past_of(
    invoices: Sequence[AnInvoice],
    events: Sequence[AnEvent] = (),
    told: Sequence[AFact] = (),
    through: str = "2026-12-31T00:00:00",
) -> Past:
    """A past of these rows; events are put into the order in which they became known."""
    events = sorted(events, key=lambda event: event.known_at or event.at)
    return Past(
        invoices=Invoices(
            id=np.arange(len(invoices), dtype=np.int64),
            creditor=words([each.creditor for each in invoices]),
            debtor=np.array([each.debtor for each in invoices], dtype=np.int32),
            amount=np.array([each.amount for each in invoices], dtype=np.float64),
            currency=words([each.currency for each in invoices]),
            issued=np.array([each.issued for each in invoices], dtype="datetime64[D]"),
            due=np.array([each.due for each in invoices], dtype="datetime64[D]"),
            known_at=np.array([each.known_at for each in invoices], dtype="datetime64[s]"),
            kind=words([each.kind for each in invoices]),
            country=words([each.country for each in invoices]),
            segment=words([None] * len(invoices)),
            postcode=words([None] * len(invoices)),
        ),
        events=Events(
            invoice=np.array([each.invoice for each in events], dtype=np.int32),
            kind=np.array([each.kind for each in events], dtype=np.int8),
            at=np.array([each.at for each in events], dtype="datetime64[s]"),
            known_at=np.array([each.known_at or each.at for each in events], dtype="datetime64[s]"),
            amount=np.array([each.amount for each in events], dtype=np.float64),
            channel=words([each.channel for each in events]),
            detail=words([each.detail for each in events]),
        ),
        told=Told(
            debtor=np.array([each.debtor for each in told], dtype=np.int32),
            what=words([each.what for each in told]),
            since=np.array([each.since for each in told], dtype="datetime64[D]"),
            until=np.array([each.until for each in told], dtype="datetime64[D]"),
            known_at=np.array([each.known_at for each in told], dtype="datetime64[s]"),
            number=np.array([each.number for each in told], dtype=np.float64),
            word=words([each.word for each in told]),
        ),
        through=np.datetime64(through, "s"),
    )


def settled_at(past: Past) -> Ends:
    """How each invoice ended, by all that is known at the end of a past."""
    turns = turns_of(past)
    last = np.searchsorted(turns.invoice, np.arange(len(past.invoices)), side="right") - 1
    began = turns.began[last]
    how = turns.how[last]
    known_at = np.where(how == End.OPEN, NEVER, turns.known_at[began])
    return Ends(how, np.where(how == End.PAID, turns.paid_at[began], known_at), known_at)
