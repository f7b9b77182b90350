"""What is looked at of an invoice at a moment is what was known then: nothing that came later changes a bit of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prediction.history.allowed import FEATURES, NAMES, Feature, in_words, in_words_of_all
from prediction.history.features import features_at
from prediction.history.groups import GROUPS
from prediction.history.past import Happened, Past, words
from tests.pasts import AFact, AnEvent, AnInvoice, past_of

BEGIN = np.datetime64("2026-03-25T00:00:00", "s")  # days before summer time begins
HOUR = np.timedelta64(3600, "s")
HOURS = 24 * 12


def hour(count: int) -> str:
    return str(BEGIN + count * HOUR)


def day(count: int) -> str:
    return str((BEGIN + count * HOUR).astype("datetime64[D]"))


MOMENT = st.integers(0, HOURS)


@st.composite
def an_invoice(draw: st.DrawFn) -> AnInvoice:
    known = draw(MOMENT)
    return AnInvoice(
        debtor=draw(st.integers(0, 2)),
        known_at=hour(known),
        issued=day(known - draw(st.integers(0, 100))),
        due=day(known + draw(st.integers(-50, 150))),
        amount=draw(st.sampled_from([100.0, 99.99, 1234.5, 0.0, np.nan])),
        creditor=draw(st.sampled_from(["north", "south"])),
        currency=draw(st.sampled_from(["NOK", "SEK"])),
        kind=draw(st.sampled_from(["consumer", "business", None])),
        country=draw(st.sampled_from(["NO", "FI", "IN", None])),
    )


@st.composite
def an_event(draw: st.DrawFn, invoices: int) -> AnEvent:
    at = draw(MOMENT)
    kind = draw(st.sampled_from(Happened))
    days = BEGIN.astype("datetime64[D]").astype(int)
    amounts = [float(days + draw(st.integers(0, 14))), 100.0, -100.0, 50.0, 99.6, np.nan]
    return AnEvent(
        invoice=draw(st.integers(0, invoices - 1)),
        kind=kind,
        at=hour(at),
        known_at=hour(at + draw(st.sampled_from([0, 0, 1, 30, 100]))),
        amount=draw(st.sampled_from(amounts)),
        channel=draw(st.sampled_from(["email", "sms", "letter", None])),
        detail=draw(st.sampled_from(["invoice", "paid", "promise", "dispute_part", "no answer", None])),
    )


@st.composite
def a_fact(draw: st.DrawFn) -> AFact:
    return AFact(
        debtor=draw(st.integers(0, 2)),
        what=draw(
            st.sampled_from(["credit score", "income statistics", "customer since", "direct debit", "age group"])
        ),
        number=draw(st.sampled_from([1.0, 2.0, 20000.0])),
        since=day(draw(st.integers(0, HOURS))),
        until=draw(st.sampled_from(["NaT", day(100), day(200)])),
        known_at=hour(draw(MOMENT)),
    )


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    """Some past: late facts, events that were known before their invoice, reversals, ties, two invoices of one moment."""
    invoices = draw(st.lists(an_invoice(), min_size=1, max_size=6))
    events = draw(st.lists(an_event(len(invoices)), max_size=25))
    return past_of(invoices, events, draw(st.lists(a_fact(), max_size=8)))


def questions(past: Past, hours: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Each invoice at each moment at which it was known."""
    asked = [
        (row, BEGIN + at * HOUR)
        for at in hours
        for row in range(len(past.invoices))
        if past.invoices.known_at[row] <= BEGIN + at * HOUR
    ]
    return np.array([row for row, _ in asked], dtype=int), np.array([at for _, at in asked], dtype="datetime64[s]")


@given(pasts(), st.lists(st.integers(0, HOURS + 150), min_size=1, max_size=2))
def test_each_is_what_the_past_of_its_moment_has(past: Past, hours: list[int]) -> None:
    rows, moments = questions(past, hours)
    together = features_at(past, rows, moments)
    for place, (row, moment) in enumerate(zip(rows, moments, strict=True)):
        then = past.as_of(moment)
        row_then = np.flatnonzero(then.invoices.id == past.invoices.id[row])
        alone = features_at(then, row_then, np.array([moment]))
        differ = [
            (name, one, other)
            for name, one, other in zip(NAMES, together.values[place], alone.values[0], strict=True)
            if not np.array_equal(one, other, equal_nan=True)
        ]
        assert differ == []


@given(pasts(), st.integers(0, HOURS), st.integers(0, 2**32 - 1))
def test_nonsense_after_the_moment_changes_no_bit(past: Past, at: int, seed: int) -> None:
    moment = BEGIN + at * HOUR
    rows, moments = questions(past, [at])
    chance = np.random.default_rng(seed)
    events, told, invoices = past.events, past.told, past.invoices
    later = (events.known_at > moment) | (invoices.known_at[events.invoice] > moment)

    def nonsense(column: np.ndarray, later: np.ndarray, among: list[object]) -> np.ndarray:
        return np.where(later, chance.choice(np.array(among, dtype=column.dtype), len(column)), column)

    planted = replace(
        past,
        invoices=replace(
            invoices,
            amount=nonsense(invoices.amount, invoices.known_at > moment, [1e300, -5.0, np.inf, np.nan, 7.0]),
            due=nonsense(invoices.due, invoices.known_at > moment, ["NaT", "1970-01-01", "9999-12-31"]),
            debtor=nonsense(invoices.debtor, invoices.known_at > moment, [0, 1, 2, 17]),
        ),
        events=replace(
            events,
            kind=nonsense(events.kind, later, list(Happened)),
            amount=nonsense(events.amount, later, [1e300, -1e300, np.nan, np.inf, 100.0, -3.0]),
            at=nonsense(events.at, later, ["1970-01-01T00:00:00", hour(0), hour(HOURS)]),
        ),
        told=replace(told, number=nonsense(told.number, told.known_at > moment, [1e300, np.nan, -1.0])),
    )
    before, after = features_at(past, rows, moments), features_at(planted, rows, moments)
    assert before.values.tobytes() == after.values.tobytes()


def test_what_is_looked_at_stands_in_a_list_and_nothing_of_who_somebody_is() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(FEATURES)
    never = ("age", "sex", "gender", "nationality", "language", "name", "postcode", "birth", "address", "country")
    assert [name for name in NAMES if set(name.split("_")) & set(never)] == []
    assert not set(GROUPS) & {name.replace("_", " ") for name in NAMES}


def seen(past: Past, row: int, at: str) -> dict[str, float]:
    """What is looked at of one invoice."""
    return features_at(past, np.array([row]), np.array([at], dtype="datetime64[s]")).row(0)


TWO = (
    AnInvoice(debtor=1, known_at="2026-01-01T08:00:00", issued="2026-01-01", due="2026-01-15", amount=100),
    AnInvoice(debtor=1, known_at="2026-02-01T08:00:00", issued="2026-02-01", due="2026-02-15", amount=300),
)


def test_a_payment_that_becomes_known_after_the_next_due_date_counts_from_then() -> None:
    late = AnEvent(0, Happened.PAYMENT, at="2026-01-17T11:00:00", known_at="2026-02-16T06:00:00", amount=100)
    past = past_of(TWO, [late])
    before, after = seen(past, 1, "2026-02-16T05:59:59"), seen(past, 1, "2026-02-16T06:00:00")
    assert (before["cold"], before["settled_before"], before["overdue_others"]) == (1, 0, 1)
    assert (after["cold"], after["settled_before"], after["overdue_others"]) == (0, 1, 0)
    assert (after["late_before"], after["days_late_last"]) == (1, 2)
    assert in_words(FEATURES[NAMES.index("late_share")], after) == "paid late 1 of 1 time before"


def test_a_payment_taken_back_later_is_a_payment_until_then() -> None:
    paid = AnEvent(0, Happened.PAYMENT, at="2026-01-10T11:00:00", amount=100)
    back = AnEvent(0, Happened.PAYMENT, at="2026-02-10T11:00:00", amount=-100)
    past = past_of(TWO, [paid, back])
    before, after = seen(past, 1, "2026-02-10T10:00:00"), seen(past, 1, "2026-02-10T11:00:00")
    assert (before["settled_before"], before["open_others"], before["overdue_others"]) == (1, 0, 0)
    assert (after["settled_before"], after["open_others"], after["overdue_others"]) == (0, 1, 1)


def test_one_payment_for_two_invoices_settles_both() -> None:
    both = [
        AnEvent(row, Happened.PAYMENT, at="2026-02-05T11:00:00", amount=amount) for row, amount in enumerate((100, 300))
    ]
    known = seen(past_of((*TWO, replace(TWO[1], due="2026-03-15")), both), 2, "2026-02-06T00:00:00")
    assert (known["settled_before"], known["late_before"], known["days_late_last"]) == (2, 1, -10)


def test_days_are_the_local_ones_also_where_the_clocks_change() -> None:
    invoice = AnInvoice(known_at="2026-03-01T08:00:00", due="2026-03-29")
    past = past_of([invoice, replace(invoice, country=None)])
    assert seen(past, 0, "2026-03-28T22:59:59")["days_past_due"] == -1
    assert seen(past, 0, "2026-03-28T23:00:00")["days_past_due"] == 0
    assert seen(past, 0, "2026-03-29T21:59:59")["days_past_due"] == 0
    assert seen(past, 0, "2026-03-29T22:00:00")["days_past_due"] == 1
    assert seen(past, 1, "2026-03-29T22:00:00")["days_past_due"] == 0


def test_another_creditors_customer_is_another() -> None:
    paid = AnEvent(0, Happened.PAYMENT, at="2026-01-20T11:00:00", amount=100)
    known = seen(past_of([TWO[0], replace(TWO[1], debtor=2, creditor="south")], [paid]), 1, "2026-02-20T00:00:00")
    assert (known["invoices_before"], known["cold"], known["late_share"]) == (0, 1, 0.5)


def test_a_debtors_own_past_weighs_more_the_longer_it_is() -> None:
    punctual = [replace(TWO[0], debtor=2 + count) for count in range(8)]
    invoices = [*(TWO[0] for _ in range(4)), *punctual, TWO[1]]
    shares = []
    for late in range(5):
        paid = [AnEvent(row, Happened.PAYMENT, at="2026-01-25T11:00:00", amount=100) for row in range(late)]
        in_time = [AnEvent(4 + row, Happened.PAYMENT, at="2026-01-10T11:00:00", amount=100) for row in range(8)]
        shares.append(seen(past_of(invoices, paid + in_time), 12, "2026-02-02T00:00:00")["late_share"])
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(0.1)
    assert 0.6 < shares[-1] < 1


def test_a_moment_before_the_invoice_was_known_is_refused() -> None:
    with pytest.raises(ValueError, match="was not known before"):
        seen(past_of(TWO), 1, "2026-01-31T00:00:00")


def test_an_empty_past_and_a_single_invoice_have_their_features() -> None:
    nothing = features_at(past_of([]), np.array([], dtype=int), np.array([], dtype="datetime64[s]"))
    assert nothing.values.shape == (0, len(NAMES))
    known = seen(past_of(TWO[:1]), 0, "2026-01-02T08:00:00")
    assert (known["days_past_due"], known["left_share"], known["cold"]) == (-13, 1, 1)


def test_what_is_told_counts_from_its_day_until_its_end_and_as_it_was_corrected() -> None:
    told = [
        AFact(1, "credit score", number=500, since="2026-01-01", known_at="2026-01-01T00:00:00"),
        AFact(1, "credit score", number=480, since="2026-02-10", until="2026-02-20", known_at="2026-02-01T00:00:00"),
        AFact(1, "credit score", number=470, since="2026-02-10", until="2026-02-20", known_at="2026-02-15T12:00:00"),
        AFact(1, "credit score", number=470, since="2026-02-10", until="2026-02-18", known_at="2026-02-17T12:00:00"),
    ]
    past = past_of(TWO, told=told)
    by_day = {at: seen(past, 1, f"2026-02-{at}T13:00:00")["credit_score"] for at in ("05", "12", "16", "17", "18")}
    assert by_day == {"05": 500, "12": 480, "16": 470, "17": 470, "18": 500}


def test_payments_that_come_around_a_day_of_the_month_tell_the_payday() -> None:
    invoices = [replace(TWO[0], due="2026-06-01") for _ in range(4)]
    paid = [
        AnEvent(row, Happened.PAYMENT, at=f"2026-0{row + 1}-{around}T11:00:00", amount=100)
        for row, around in enumerate((24, 25, 26))
    ]
    assert seen(past_of(invoices, paid), 3, "2026-04-20T08:00:00")["days_to_payday"] == pytest.approx(5, abs=0.1)
    assert np.isnan(seen(past_of(invoices, paid[:2]), 3, "2026-04-20T08:00:00")["days_to_payday"])


def test_every_feature_says_in_words_what_it_found() -> None:
    happened = [
        AnEvent(0, kind, at="2026-01-10T11:00:00", amount=20463, channel="sms") for kind in Happened if kind > 2
    ]
    past = past_of(TWO, [*happened, AnEvent(1, Happened.MESSAGE, at="2026-02-10T11:00:00", channel="letter")])
    for row in (0, 1):
        known = seen(past, row, "2026-02-25T00:00:00")
        said = {feature.name: in_words(feature, known) for feature in FEATURES}
        assert not [name for name, words in said.items() if not words or "{" in words or "nan" in words]
        assert len(set(said.values())) == len(NAMES)
    assert said["amount"] == "its amount is about 300"
    assert said["messages_letter"] == "1 message went out about it by letter"
    assert said["messages_sms"] == "nothing was sent about it by sms"
    assert said["credit_score"] == "no credit score is known"


def test_money_is_said_with_the_currency_that_is_owed_and_a_margin_told_in_another_is_not_known() -> None:
    facts = [
        AFact(0, "monthly margin", 250, "SEK"),
        AFact(1, "monthly margin", 250, "NOK"),
        AFact(2, "monthly margin", 250),
    ]
    past = past_of([AnInvoice(0), AnInvoice(1), AnInvoice(2)], told=facts)
    margin = {feature.name: feature for feature in FEATURES}["margin"]
    said = [in_words(margin, seen(past, row, "2026-01-10T00:00:00"), "NOK") for row in range(3)]
    assert said == ["the customer's margin is not known", *2 * ["the customer's margin is 250 NOK a month"]]


@given(pasts())
def test_whatever_the_past_every_feature_says_something_of_it(past: Past) -> None:
    rows = np.arange(len(past.invoices))
    known = features_at(past, rows, past.invoices.known_at)
    for row in rows.tolist():
        values = known.row(row)
        assert [feature.name for feature in FEATURES if not in_words(feature, values)] == []


ODD = st.sampled_from([0, 0.004, 0.005, 0.0051, 0.4, 0.5, 0.51, 1, 1.5, 2.5, -0.5, -0.51, -3, 611.96, 612, np.nan])


@given(st.sampled_from(FEATURES), st.lists(st.dictionaries(st.sampled_from(NAMES), ODD), min_size=1, max_size=12))
def test_of_many_invoices_each_is_said_as_it_is_of_one(feature: Feature, some: list[dict[str, float]]) -> None:
    values = [{**dict.fromkeys(NAMES, 1.0), feature.name: 2.0, **each} for each in some]
    values = [each | {"due_weekday": abs(np.nan_to_num(each["due_weekday"])) % 7} for each in values]
    columns = {name: np.array([each[name] for each in values]) for name in NAMES}
    spoken = words([[None, "NOK", "EUR"][place % 3] for place in range(len(values))])
    assert in_words_of_all(feature, columns, spoken) == [
        in_words(feature, each, spoken.word(place)) for place, each in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("feature", "value", "said"),
    [
        ("days_past_due", -3, "it is due in 3 days"),
        ("days_past_due", 1, "it is 1 day past its due date"),
        ("days_late_last", -0.4, "the last one was paid on its due date"),
        ("days_late_last", -1, "the last one was paid 1 day before its due date"),
        ("days_since_payment", 0.2, "a payment came less than a day ago"),
        ("left_share", 0.3, "30% of it is still to pay"),
        ("left_share", 0, "nothing of it is left to pay"),
        ("due_weekday", 6, "its due date is a Sunday"),
        ("amount_to_usual", float(np.log(2.5)), "it is 250% of what the debtor's other invoices usually are"),
        ("margin", -20, "the customer's margin is -20 a month"),
        ("promise_days_left", float("nan"), "no promise runs"),
    ],
)
def test_a_number_is_said_as_people_say_it(feature: str, value: float, said: str) -> None:
    assert in_words(FEATURES[NAMES.index(feature)], dict.fromkeys(NAMES, 1.0) | {feature: value}) == said
