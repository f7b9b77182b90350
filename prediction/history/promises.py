"""Promises judged: each is kept or broken some days after the day that was promised, by the payments known then."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from prediction.history.local_days import begins_of
from prediction.history.past import Codes, Days, Events, Happened, Invoices, Moments, Numbers, Words
from prediction.history.settled import TOLERANCE
from prediction.history.timeline import Timeline, hundredths

PATIENCE: Final = 3  # days after the one promised: what is paid on a Friday is in Monday's bank file


@dataclass(frozen=True, slots=True)
class Promised:
    """Promises: of which invoice, when it was made, by which day how much."""

    invoice: Codes
    made_at: Moments
    pay_by: Days
    amount: Numbers


def judged(invoices: Invoices, payments: Events, promised: Promised, through: np.datetime64) -> Events:
    """What became of those promises that can be judged by a moment: kept where what was paid since covers them, else broken."""
    at = begins_of(promised.pay_by + 1 + PATIENCE, invoices.country.of(promised.invoice))
    ripe = at <= through
    invoice, at, made_at = promised.invoice[ripe], at[ripe], promised.made_at[ripe]
    timeline = Timeline(payments.invoice, payments.known_at, len(invoices))
    amounts = hundredths(payments.amount)[timeline.order]
    before = made_at - np.timedelta64(1, "s")  # what is paid at the moment of a promise keeps it
    paid = timeline.asked(invoice, at).total(amounts) - timeline.asked(invoice, before).total(amounts)
    kept = paid >= hundredths(promised.amount[ripe]) * (1 - TOLERANCE)
    nothing = Words(np.full(len(invoice), -1, dtype=np.int32), ())
    return Events(
        invoice=invoice,
        kind=np.where(kept, Happened.PROMISE_KEPT, Happened.PROMISE_BROKEN).astype(np.int8),
        at=at,
        known_at=at,
        amount=np.full(len(invoice), np.nan),
        channel=nothing,
        detail=nothing,
    )
