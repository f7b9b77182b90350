"""A promise is kept or broken once its day and some more are over, by what was known to be paid since."""

from collections.abc import Sequence

import numpy as np
import pytest

from prediction.history.past import Happened
from prediction.history.promises import Promised, judged
from tests.pasts import AnEvent, AnInvoice, past_of

MADE, PAY_BY, JUDGED_AT = "2026-02-02T10:00:00", "2026-02-06", "2026-02-09T23:00:00"


def became(paid: Sequence[tuple[str, float]], through: str = "2026-03-01T00:00:00") -> list[tuple[Happened, str]]:
    """What became of a promise of 100 by a Friday."""
    past = past_of([AnInvoice()], [AnEvent(0, Happened.PAYMENT, at, amount=amount) for at, amount in paid])
    promised = Promised(
        np.array([0], dtype=np.int32),
        np.array([MADE], dtype="datetime64[s]"),
        np.array([PAY_BY], dtype="datetime64[D]"),
        np.array([100.0]),
    )
    events = judged(past.invoices, past.events, promised, np.datetime64(through, "s"))
    return [(Happened(kind), str(at)) for kind, at in zip(events.kind, events.known_at, strict=True)]


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ([], Happened.PROMISE_BROKEN),
        ([("2026-02-06T12:00:00", 100.0)], Happened.PROMISE_KEPT),
        ([("2026-02-04T12:00:00", 60.0), ("2026-02-09T08:00:00", 40.0)], Happened.PROMISE_KEPT),
        ([("2026-02-06T12:00:00", 60.0)], Happened.PROMISE_BROKEN),
        ([("2026-02-01T12:00:00", 100.0)], Happened.PROMISE_BROKEN),  # before it was made
        ([("2026-02-10T12:00:00", 100.0)], Happened.PROMISE_BROKEN),
        ([("2026-02-06T12:00:00", 100.0), ("2026-02-07T12:00:00", -100.0)], Happened.PROMISE_BROKEN),
    ],
)
def test_money_since_the_promise_keeps_it(paid: Sequence[tuple[str, float]], expected: Happened) -> None:
    assert became(paid) == [(expected, JUDGED_AT)]


def test_before_its_days_are_over_nobody_judges_it() -> None:
    assert became([], through="2026-02-09T22:59:59") == []
