"""A customer is lost with the last relation that ends, from that day on, for what there was to lose, unless it is taken back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.relations import RelationEvent, RelationKind, is_customer, relations_on
from facts.prediction.whoever_left import Heard
from prediction.history.lost import LOST, MARGIN, LostCustomer, lost_of, with_lost
from prediction.history.past import Happened
from tests.pasts import AFact, AnEvent, AnInvoice, past_of

STARTED, RENEWED, ENDED = RelationKind.STARTED, RelationKind.RENEWED, RelationKind.ENDED
TOLD_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
MARCH = date(2026, 3, 10)


def heard(*events: tuple[RelationKind, date, str, str | None], currency: str = "NOK") -> list[Heard]:
    """Told one a day, in this order."""
    return [
        Heard(
            TOLD_AT + timedelta(days=place),
            RelationEvent(
                f"r{place}", kind, on, product, Decimal(margin) if margin else None, currency if margin else None
            ),
        )
        for place, (kind, on, product, margin) in enumerate(events)
    ]


def lost(*events: tuple[RelationKind, date, str, str | None]) -> list[LostCustomer]:
    return list(lost_of(heard(*events)))


def test_who_leaves_costs_the_margin_of_the_months_that_were_expected() -> None:
    (found,) = lost((STARTED, date(2025, 1, 10), "", "100"), (ENDED, MARCH, "", None))
    assert (found.since, found.until, found.known_at) == (MARCH, None, TOLD_AT + timedelta(days=1))
    assert (found.cost, found.currency) == (100 * 13, "NOK")  # a customer for 13 whole months on the day before


def test_who_ends_one_of_two_products_is_no_lost_customer_and_is_with_the_last() -> None:
    two = [(STARTED, date(2025, 3, 10), "tv", "100"), (STARTED, date(2025, 3, 10), "net", "50")]
    assert lost(*two, (ENDED, MARCH, "tv", None)) == []
    (found,) = lost(*two, (ENDED, MARCH, "tv", None), (ENDED, date(2026, 4, 1), "net", None))
    assert (found.since, found.cost) == (date(2026, 4, 1), 50 * 12)


def test_who_ends_and_starts_on_a_day_or_takes_the_end_back_stays() -> None:
    began = (STARTED, date(2025, 1, 1), "", "100")
    assert lost(began, (ENDED, MARCH, "", None), (STARTED, MARCH, "", "90")) == []
    assert lost(began, (ENDED, MARCH, "", None), (RENEWED, MARCH, "", None)) == []


def test_who_comes_back_is_lost_until_then_in_whichever_order_it_is_told() -> None:
    events = [
        (STARTED, date(2026, 6, 1), "", "100"),
        (ENDED, MARCH, "", None),
        (STARTED, date(2025, 1, 1), "", "100"),
    ]
    assert [(each.since, each.until) for each in lost(*events)] == [(MARCH, date(2026, 6, 1))]
    assert [(each.since, each.until) for each in lost(*reversed(events))] == [(MARCH, date(2026, 6, 1))]


def test_an_end_that_is_told_twice_is_one_and_known_from_the_first() -> None:
    began = (STARTED, date(2025, 1, 1), "", "100")
    (found,) = lost(began, (ENDED, MARCH, "", None), (ENDED, MARCH, "", None))
    assert found.known_at == TOLD_AT + timedelta(days=1)


def test_what_is_lost_is_not_known_where_a_margin_or_one_currency_is_not_told() -> None:
    (without,) = lost((STARTED, date(2025, 1, 1), "", None), (ENDED, MARCH, "", None))
    assert (without.cost, without.currency) == (None, None)
    half = heard((STARTED, date(2025, 1, 1), "tv", "100"), (ENDED, MARCH, "", None)) + heard(
        (STARTED, date(2025, 1, 1), "net", "10"), currency="EUR"
    )
    assert [each.cost for each in lost_of(half)] == [None]
    (nothing,) = lost((STARTED, date(2025, 1, 1), "", "-5"), (ENDED, MARCH, "", None))
    assert nothing.cost == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(RelationKind),
            st.dates(date(2026, 1, 1), date(2026, 1, 12)),
            st.sampled_from(["", "tv", "net"]),
            st.sampled_from([None, "100"]),
        ),
        max_size=7,
    )
)
def test_on_each_day_the_lost_are_those_who_were_customers_and_are_none(
    events: list[tuple[RelationKind, date, str, str | None]],
) -> None:
    told = heard(*events)
    found = list(lost_of(told))
    for on in (date(2026, 1, 1) + timedelta(days=number) for number in range(-1, 14)):
        was, is_ = (
            is_customer(relations_on([each.event for each in told], day)) for day in (on - timedelta(days=1), on)
        )
        assert (on in {each.since for each in found}) == (was and not is_)
        gone = any(each.since <= on and (each.until is None or on < each.until) for each in found)
        assert not (gone and is_)


def left(*events: AnEvent, told: tuple[AFact, ...] = ()) -> list[tuple[int, str, float, str | None]]:
    past = past_of([AnInvoice(debtor=0), AnInvoice(debtor=0), AnInvoice(debtor=1)], list(events), list(told))
    found = with_lost(past.told, past.invoices, past.events, ZoneInfo("Europe/Oslo"))
    rows = found.what.among(LOST)
    words = [None if code < 0 else found.word.meanings[code] for code in found.word.codes[rows]]
    columns = zip(found.debtor[rows], found.since[rows], found.number[rows], words, strict=True)
    return [(int(debtor), str(since), float(number), word) for debtor, since, number, word in columns]


def gone(invoice: int, amount: float = np.nan, at: str = "2026-03-09T23:30:00") -> AnEvent:
    return AnEvent(invoice, Happened.CUSTOMER_LEFT, at, amount=amount)


def test_a_file_says_who_left_by_local_days_and_what_that_cost() -> None:
    assert left(gone(0, 500.0)) == [(0, "2026-03-10", 500.0, "NOK")]
    assert left(gone(0, 500.0), gone(1, 500.0), gone(2, 7.0)) == [
        (0, "2026-03-10", 500.0, "NOK"),
        (1, "2026-03-10", 7.0, "NOK"),
    ]
    assert left() == []


def test_where_it_does_not_say_so_the_margin_that_was_told_by_then_does_and_else_nothing() -> None:
    early = AFact(0, MARGIN, 100.0, since="2026-01-01", known_at="2026-01-01T12:00:00")
    late = AFact(0, MARGIN, 900.0, since="2026-02-01", known_at="2026-05-01T12:00:00")
    assert left(gone(0), told=(early, late)) == [(0, "2026-03-10", 1200.0, "NOK")]
    ((_, _, cost, _),) = left(gone(2), told=(early, late))
    assert np.isnan(cost)


def test_what_was_told_before_keeps_its_words() -> None:
    past = past_of([AnInvoice()], [gone(0, 5.0)], [AFact(0, "payment method", word="giro")])
    found = with_lost(past.told, past.invoices, past.events, ZoneInfo("Europe/Oslo"))
    assert [found.what.meanings[code] for code in found.what.codes] == ["payment method", LOST]
    assert [found.word.meanings[code] for code in found.word.codes] == ["giro", "NOK"]
