"""Who will pay: learned from 100,000 invoices at many moments of each, and a million open ones scored, with their reasons."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from activities.guess_payments import PAGE
from prediction.history.past import Days, Events, Happened, Invoices, Moments, Past, Told, Words, words
from prediction.payments.refresh import scorer
from prediction.payments.training import try_out

LEARNED_FROM = 100_000
SCORED = 1_000_000
OF_A_CUSTOMER = 8
BEGIN = np.datetime64("2024-01-01")
DAYS = 730
CONTACTS = {-13: Happened.MESSAGE, -12: Happened.READ, 1: Happened.MESSAGE, 14: Happened.MESSAGE, 15: Happened.VISIT}
"""What happens to an invoice that is not paid yet, by the days since it was due."""


def measured() -> dict[str, dict[str, Any]]:
    """Seconds of CPU time, which hold on a busy machine too: whoever reckons on one core waits no longer than that."""
    past = a_past(LEARNED_FROM, open_ones=0)
    cpu = time.process_time()
    trial = try_out(past)
    figures = {
        "guesses learned": {
            "invoices": LEARNED_FROM,
            "events": len(past.events),
            "moments": sum(map(len, (trial.slices.learned, trial.slices.calibrated, trial.slices.measured))),
            "cpu_seconds": round(time.process_time() - cpu, 1),
        }
    }
    past = a_past(SCORED // 4, open_ones=SCORED)
    weights = trial.models["boosted"].to_bytes()
    next_step = past.through.astype(datetime).replace(tzinfo=UTC) + timedelta(days=5)
    cpu = time.process_time()
    ready = scorer(past, weights)
    cases = ready.cases
    for at in range(0, len(cases), PAGE):
        page = cases[at : at + PAGE]
        ready.scores(page, dict.fromkeys(page, next_step))
    figures["open invoices scored"] = {
        "invoices": len(cases),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "goal": 60,
    }
    return figures


def a_past(closed: int, open_ones: int) -> Past:
    """A past of so many invoices that were paid sooner or later, each reminded of and seen, and so many that are open."""
    chance = np.random.default_rng(0)
    count = closed + open_ones
    debtor = chance.integers(0, count // OF_A_CUSTOMER, count).astype(np.int32)
    good = chance.normal(size=count // OF_A_CUSTOMER)[debtor]
    is_open = np.arange(count) >= closed
    issued: Days = BEGIN + np.where(
        is_open, chance.integers(DAYS - 80, DAYS - 1, count), chance.integers(0, DAYS - 30, count)
    ).astype("timedelta64[D]")
    due: Days = issued + np.timedelta64(14, "D")
    delay = np.where(
        chance.random(count) < 1 / (1 + np.exp(good)),
        chance.exponential(np.exp(3 - 0.4 * good)),
        -chance.random(count) * 10,
    )
    through = (BEGIN + DAYS).astype("datetime64[s]")
    noon: Moments = np.add(due.astype("datetime64[s]"), np.timedelta64(12, "h"))
    paid_at: Moments = np.add(noon, np.ceil(delay).astype("timedelta64[D]"))
    paid = ~is_open & (paid_at <= through)
    happened = [(Happened.PAYMENT, paid_at, paid)]
    for days, each in CONTACTS.items():
        moment = noon + np.timedelta64(days, "D")
        happened.append((each, moment, (moment <= through) & (~paid | (moment < paid_at))))
    row = np.concatenate([np.flatnonzero(there) for _, _, there in happened]).astype(np.int32)
    kind = np.concatenate([np.full(there.sum(), each, dtype=np.int8) for each, _, there in happened])
    at = np.concatenate([moment[there] for _, moment, there in happened])
    order = np.argsort(at, kind="stable")
    amount = np.round(np.exp(chance.normal(6, 1, count)), 2).astype(np.float64)
    row, kind, at = row[order], kind[order], at[order]
    none = np.zeros(0)
    nobody = Words(np.full(count, -1, dtype=np.int32), ())
    one = Words(np.zeros(count, dtype=np.int32), ("consumer",))
    email = Words(np.where(kind == Happened.PAYMENT, -1, 0).astype(np.int32), ("email",))
    reminder = Words(np.where(kind == Happened.MESSAGE, 0, -1).astype(np.int32), ("reminder",))
    no_days = none.astype("datetime64[D]")
    return Past(
        Invoices(
            id=np.arange(count, dtype=np.int64),
            creditor=Words((debtor % 5).astype(np.int32), ("a", "b", "c", "d", "e")),
            debtor=debtor,
            amount=amount,
            currency=Words(np.zeros(count, dtype=np.int32), ("NOK",)),
            issued=issued,
            due=due,
            known_at=issued.astype("datetime64[s]"),
            kind=one,
            country=Words(np.zeros(count, dtype=np.int32), ("NO",)),
            segment=nobody,
            postcode=nobody,
        ),
        Events(row, kind, at, at, np.where(kind == Happened.PAYMENT, amount[row], np.nan), email, reminder),
        Told(none.astype(np.int32), words([]), no_days, no_days, none.astype("datetime64[s]"), none, words([])),
        through,
    )
