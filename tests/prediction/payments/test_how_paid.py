"""How invoices were paid: when all of it had come, how late by the local day, and after which message."""

import numpy as np

from prediction.history.past import NOT_TOLD, Happened
from prediction.payments.how_paid import earlier_of, how_paid
from tests.prediction.building import Building


def test_an_invoice_is_paid_when_all_of_it_has_come() -> None:
    built = Building()
    invoice = built.invoice(1, "2026-06-01", 500)
    built.paid(invoice, "2026-06-01", 200)
    built.paid(invoice, "2026-06-09", 300, method="vipps")
    paid = how_paid(built.past("2026-07-01"))
    assert paid.days_late.tolist() == [8]
    assert built.past("2026-07-01").events.detail.meanings[paid.method[0]] == "vipps"
    assert np.isnan(how_paid(built.past("2026-06-05")).days_late[0])


def test_money_that_was_taken_back_paid_nothing_until_it_came_again() -> None:
    built = Building()
    invoice = built.invoice(1, "2026-06-01", 500)
    built.paid(invoice, "2026-06-01")
    built.paid(invoice, "2026-06-04", -500)
    assert np.isnat(how_paid(built.past("2026-06-10")).at[0])
    built.paid(invoice, "2026-06-20")
    assert how_paid(built.past("2026-07-01")).days_late.tolist() == [19]


def test_what_a_credit_note_took_off_was_not_paid_by_anybody() -> None:
    built = Building()
    whole, part = built.invoice(1, "2026-06-01"), built.invoice(1, "2026-06-01")
    built.happened(whole, Happened.CREDIT, "2026-06-03", amount=500)
    built.happened(part, Happened.CREDIT, "2026-06-03", amount=100)
    built.paid(part, "2026-06-05", 400)
    assert np.isnan(how_paid(built.past("2026-07-01")).days_late).tolist() == [True, False]


def test_an_invoice_is_overdue_from_the_day_after_its_due_date_until_it_is_over() -> None:
    built = Building()
    first, second, _ = (built.invoice(1, "2026-06-01") for _ in range(3))
    built.invoice(1, "2026-06-10")
    built.paid(first, "2026-06-03")
    built.happened(second, Happened.CREDIT, "2026-06-03", amount=500)
    assert how_paid(built.past("2026-06-01")).overdue.tolist() == [False, False, False, False]
    assert how_paid(built.past("2026-06-02")).overdue.tolist() == [True, True, True, False]
    assert how_paid(built.past("2026-06-05")).overdue.tolist() == [False, False, True, False]


def test_a_due_date_that_was_moved_before_counts() -> None:
    built = Building()
    invoice = built.invoice(1, "2026-06-01")
    later = float(np.datetime64("2026-06-15", "D").astype(int))
    built.happened(invoice, Happened.DUE_DATE_MOVED, "2026-06-03", amount=later)
    built.paid(invoice, "2026-06-16")
    assert how_paid(built.past("2026-07-01")).days_late.tolist() == [1]


def test_a_payment_is_put_down_to_the_last_message_of_the_days_before() -> None:
    built = Building()
    soon, long_after, never = (built.invoice(1, "2026-06-01") for _ in range(3))
    for invoice in (soon, long_after):
        built.happened(invoice, Happened.MESSAGE, "2026-06-10", "email", "reminder")
    built.happened(soon, Happened.MESSAGE, "2026-06-14", "sms", "reminder")
    built.paid(soon, "2026-06-15")
    built.paid(long_after, "2026-06-20")
    built.paid(never, "2026-06-01")
    past = built.past("2026-07-01")
    paid = how_paid(past)
    assert past.events.channel.meanings[paid.after[0]] == "sms"
    assert paid.after[1:].tolist() == [NOT_TOLD, NOT_TOLD]
    assert paid.messages.tolist() == [2, 1, 0]


def test_earlier_invoices_are_the_same_debtors_and_the_latest_of_them() -> None:
    built = Building()
    built.invoice(2, "2026-01-01")
    for month in range(1, 6):
        built.invoice(1, f"2026-0{month}-15")
    past = built.past("2026-07-01")
    assert earlier_of(past, np.array([0, 1, 5]), most=2).tolist() == [[-1, -1], [-1, -1], [4, 3]]
