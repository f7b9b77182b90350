"""A past as of a moment has what was known then, and nothing that came later."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prediction.history.past import NOT_TOLD, Events, Happened, Invoices, Past, Told, words

BEGIN = np.datetime64("2026-01-01T00:00:00", "s")
AN_HOUR = np.timedelta64(3600, "s")


def a_past(invoices_known: list[int], events: list[tuple[int, int]], told_known: list[int]) -> Past:
    """A past by the hours at which its invoices, its events (of which invoice, when) and what was told became known."""
    count, events = len(invoices_known), sorted(events, key=lambda event: event[1])
    known_at = np.array([BEGIN + hour * AN_HOUR for _, hour in events], dtype="datetime64[s]")
    some = words(["consumer"] * count)
    day = np.full(count, np.datetime64("2026-01-01", "D"))
    return Past(
        invoices=Invoices(
            id=np.arange(count, dtype=np.int64),
            creditor=words(["north"] * count),
            debtor=np.zeros(count, dtype=np.int32),
            amount=np.full(count, 100.0),
            currency=words(["NOK"] * count),
            issued=day,
            due=day,
            known_at=np.array([BEGIN + hour * AN_HOUR for hour in invoices_known], dtype="datetime64[s]"),
            kind=some,
            country=some,
            segment=words([None] * count),
            postcode=some,
        ),
        events=Events(
            invoice=np.array([invoice for invoice, _ in events], dtype=np.int32),
            kind=np.full(len(events), Happened.MESSAGE, dtype=np.int8),
            at=known_at,
            known_at=known_at,
            amount=np.full(len(events), np.nan),
            channel=words(["email"] * len(events)),
            detail=words([None] * len(events)),
        ),
        told=Told(
            debtor=np.zeros(len(told_known), dtype=np.int32),
            what=words(["income"] * len(told_known)),
            since=np.full(len(told_known), np.datetime64("2026-01-01", "D")),
            until=np.full(len(told_known), np.datetime64("NaT"), dtype="datetime64[D]"),
            known_at=np.array([BEGIN + hour * AN_HOUR for hour in told_known], dtype="datetime64[s]"),
            number=np.full(len(told_known), 1.0),
            word=words([None] * len(told_known)),
        ),
        through=BEGIN + 100 * AN_HOUR,
    )


HOURS = st.integers(0, 99)


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Some past; an event may become known before its invoice does."""
    invoices = draw(st.lists(HOURS, min_size=1, max_size=8))
    event = st.tuples(st.integers(0, len(invoices) - 1), HOURS)
    return a_past(invoices, draw(st.lists(event, max_size=20)), draw(st.lists(HOURS, max_size=5)))


@given(pasts(), HOURS)
def test_nothing_is_known_that_came_later(past: Past, hour: int) -> None:
    then = past.as_of(BEGIN + hour * AN_HOUR)
    for part in (then.invoices, then.events, then.told):
        assert (part.known_at <= then.through).all()
    assert len(then.invoices) == int((past.invoices.known_at <= then.through).sum())
    assert len(then.told) == int((past.told.known_at <= then.through).sum())


@given(pasts(), HOURS)
def test_each_event_stays_with_its_invoice(past: Past, hour: int) -> None:
    then = past.as_of(BEGIN + hour * AN_HOUR)
    known = set(then.invoices.id.tolist())
    expected = [
        (int(past.invoices.id[row]), str(at))
        for row, at in zip(past.events.invoice, past.events.known_at, strict=True)
        if at <= then.through and int(past.invoices.id[row]) in known
    ]
    found = zip(then.invoices.id[then.events.invoice].tolist(), map(str, then.events.known_at), strict=True)
    assert list(found) == expected


@given(pasts(), HOURS, HOURS)
def test_looking_back_from_a_later_past_shows_the_same(past: Past, one: int, other: int) -> None:
    earlier, later = (BEGIN + hour * AN_HOUR for hour in sorted((one, other)))
    at_once, by_way = past.as_of(earlier), past.as_of(later).as_of(earlier)
    assert at_once.through == by_way.through
    np.testing.assert_array_equal(at_once.invoices.id, by_way.invoices.id)
    np.testing.assert_array_equal(at_once.events.invoice, by_way.events.invoice)
    np.testing.assert_array_equal(at_once.events.known_at, by_way.events.known_at)


def test_words_keep_the_codes_of_what_is_known_and_have_one_for_what_nobody_told() -> None:
    column = words(["sms", None, "email", "sms"], known=("letter", "email"))
    assert column.meanings == ("letter", "email", "sms")
    assert column.codes.tolist() == [2, NOT_TOLD, 1, 2]
    assert column.of(np.array([1, 3])).codes.tolist() == [NOT_TOLD, 2]
