"""Choices are read from what happened: about whom, in which way, how probable it was, and what came within a fortnight."""

from prediction.effects.choices import Choices, choices_of, paid_within
from prediction.history.past import Happened, Past
from tests.pasts import AnEvent, AnInvoice, past_of

SMS, NONE = "reminder: sms 18 kind", "reminder: none"


def chosen(at: str, detail: str = SMS, invoice: int = 0, propensity: float = 0.5) -> AnEvent:
    return AnEvent(invoice, Happened.CHOICE, at, detail=detail, amount=propensity)


def paid(at: str, invoice: int = 0, amount: float = 100.0) -> AnEvent:
    return AnEvent(invoice, Happened.PAYMENT, at, amount=amount)


def told(found: Choices) -> list[tuple[int, str, str, str, float]]:
    rows = zip(found.invoice, found.step.codes, found.way.codes, found.at, found.propensity, strict=True)
    return [
        (int(invoice), found.step.meanings[step], found.way.meanings[way], str(at), float(probable))
        for invoice, step, way, at, probable in rows
    ]


def test_a_choice_is_made_when_its_day_begins_where_the_debtor_lives() -> None:
    past = past_of([AnInvoice()], [chosen("2026-01-29T17:00:00"), chosen("2026-06-30T22:30:00", "second: none")])
    assert told(choices_of(past)) == [
        (0, "reminder", "sms 18 kind", "2026-01-28T23:00:00", 0.5),
        (0, "second", "none", "2026-06-30T22:00:00", 0.5),
    ]


def test_of_a_step_and_invoice_the_first_choice_counts_whenever_it_is_told() -> None:
    events = [
        chosen("2026-02-01T17:00:00", NONE),
        chosen("2026-01-29T17:00:00"),
        chosen("2026-01-29T17:00:00", NONE, 1),
    ]
    found = choices_of(past_of([AnInvoice(), AnInvoice()], events))
    assert [(row[0], row[2]) for row in told(found)] == [(0, "sms 18 kind"), (1, "none")]


def test_who_had_paid_before_the_day_was_not_contacted_by_choice() -> None:
    events = [paid("2026-01-27T11:00:00"), chosen("2026-01-29T17:00:00")]
    assert len(choices_of(past_of([AnInvoice()], events))) == 0
    same_day = [paid("2026-01-29T11:00:00"), chosen("2026-01-29T17:00:00")]
    past = past_of([AnInvoice()], same_day)
    assert [each.tolist() for each in paid_within(past, choices_of(past))] == [[True], [True]]


def test_what_is_no_chance_or_is_not_told_is_left_out_and_counted() -> None:
    invoices = [AnInvoice()] * 5
    events = [
        chosen("2026-01-29T17:00:00", SMS, row, told) for row, told in enumerate((0.0, 1.2, float("nan"), -1, 1.0))
    ]
    found = choices_of(past_of(invoices, events))
    assert (found.invoice.tolist(), found.unsound) == ([4], 4)


def within(events: list[AnEvent], through: str = "2026-12-31T00:00:00") -> tuple[bool, bool]:
    past = past_of([AnInvoice()], [chosen("2026-01-29T17:00:00"), *events], through=through)
    came, watched = paid_within(past, choices_of(past))
    return bool(came[0]), bool(watched[0])


def test_the_window_is_a_fortnight_of_whole_days() -> None:
    assert within([]) == (False, True)
    assert within([paid("2026-02-11T22:59:00")]) == (True, True)
    assert within([paid("2026-02-11T23:00:00")]) == (False, True)
    assert within([paid("2026-02-01T11:00:00", amount=40)]) == (False, True)
    assert within([paid("2026-02-01T11:00:00", amount=40), paid("2026-02-02T11:00:00", amount=60)]) == (True, True)


def test_whoever_was_watched_for_less_does_not_count_paid_or_not() -> None:
    assert within([], through="2026-02-10T00:00:00")[1] is False
    assert within([paid("2026-02-01T11:00:00")], through="2026-02-10T00:00:00")[1] is False


def test_a_past_without_choices_has_none() -> None:
    past: Past = past_of([AnInvoice()], [paid("2026-01-27T11:00:00")])
    assert len(choices_of(past)) == 0
