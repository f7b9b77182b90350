"""Made-up books with planted truths: who pays late is a matter of the customer, and how much so is given."""

from functools import cache

import numpy as np

from prediction.history.past import Events, Happened, Invoices, Past, Told, Words, words
from prediction.payments.training import Trial, try_out

BEGIN = np.datetime64("2025-01-01")
DAYS = 700
TERMS = np.timedelta64(14, "D")


def a_book(invoices: int = 1_200, customers: int = 150, own_way: float = 1.0, seed: int = 0, days: int = DAYS) -> Past:
    """A past of two creditors. `own_way` is how far customers differ: of 0 nothing tells who pays; every invoice may be paid
    late by chance, and one in twenty never is.
    """
    chance = np.random.default_rng(seed)
    good = chance.normal(size=customers) * own_way
    debtor = chance.integers(0, customers, invoices).astype(np.int32)
    issued = BEGIN + chance.integers(0, days - 30, invoices).astype("timedelta64[D]")
    due = issued + TERMS
    late = chance.random(invoices) < 1 / (1 + np.exp(1.2 * good[debtor]))
    delay = np.where(
        late, np.ceil(chance.exponential(np.exp(2.8 - 0.5 * good[debtor]))), -chance.integers(0, 10, invoices)
    )
    paid_at = (due + delay.astype(np.int64).astype("timedelta64[D]")).astype("datetime64[s]") + np.timedelta64(12, "h")
    through = (BEGIN + days).astype("datetime64[s]")
    paid = (chance.random(invoices) > 0.05) & (paid_at <= through)
    amount = np.round(np.exp(chance.normal(6, 1, invoices)), 2)
    reminded_at = due.astype("datetime64[s]") + np.timedelta64(14 * 24 + 9, "h")
    reminded = (~paid | (paid_at > reminded_at)) & (reminded_at <= through)

    rows = np.concatenate([np.flatnonzero(paid), np.flatnonzero(reminded)])
    at = np.concatenate([paid_at[paid], reminded_at[reminded]])
    kind = np.repeat([Happened.PAYMENT, Happened.MESSAGE], [paid.sum(), reminded.sum()])
    order = np.argsort(at, kind="stable")
    some = words(["consumer"] * invoices)
    nobody = words([None] * invoices)
    return Past(
        invoices=Invoices(
            id=np.arange(invoices, dtype=np.int64),
            creditor=Words(debtor % 2, ("north", "south")),
            debtor=debtor,
            amount=amount,
            currency=words(["NOK"] * invoices),
            issued=issued,
            due=due,
            known_at=issued.astype("datetime64[s]") + np.timedelta64(6, "h"),
            kind=some,
            country=words(["NO"] * invoices),
            segment=nobody,
            postcode=nobody,
        ),
        events=Events(
            invoice=rows[order].astype(np.int32),
            kind=kind[order].astype(np.int8),
            at=at[order],
            known_at=at[order],
            amount=np.concatenate([amount[paid], np.full(int(reminded.sum()), np.nan)])[order],
            channel=words([None if each == Happened.PAYMENT else "email" for each in kind[order]]),
            detail=words([None if each == Happened.PAYMENT else "reminder" for each in kind[order]]),
        ),
        told=ages(customers),
        through=through,
    )


def ages(customers: int) -> Told:
    """What a report on fairness is told of customers: half are young, half are old."""
    day = np.full(customers, BEGIN)
    return Told(
        debtor=np.arange(customers, dtype=np.int32),
        what=words(["age group"] * customers),
        since=day,
        until=np.full(customers, np.datetime64("NaT"), dtype="datetime64[D]"),
        known_at=day.astype("datetime64[s]"),
        number=np.full(customers, np.nan),
        word=words(["young" if 2 * place < customers else "old" for place in range(customers)]),
    )


@cache
def tried() -> Trial:
    """What came of learning from a book, once for all who ask."""
    return try_out(a_book())
