"""How invoices end: paid when payments cover what is left of them, over otherwise when they are closed without, else open."""

from dataclasses import replace

import numpy as np
import pytest

from prediction.history.past import Happened
from prediction.history.settled import End
from tests.pasts import AnEvent, AnInvoice, past_of, settled_at

PAYMENT, CREDIT = Happened.PAYMENT, Happened.CREDIT


def event(kind: Happened, day: int, amount: float = np.nan, known: int = 0) -> AnEvent:
    """Of the one invoice, on a day of February; known on the same day or another."""
    return AnEvent(0, kind, f"2026-02-{day:02}T10:00:00", f"2026-02-{known or day:02}T12:00:00", amount=amount)


LIVES = {
    "nothing happens": ([], End.OPEN, 0, 0),
    "paid in whole, known later": ([event(PAYMENT, 3, 100, known=5)], End.PAID, 3, 5),
    "paid in parts that become known the other way around": (
        [event(PAYMENT, 4, 60, known=5), event(PAYMENT, 3, 40, known=9)],
        End.PAID,
        4,
        9,
    ),
    "a part is open": ([event(PAYMENT, 3, 60)], End.OPEN, 0, 0),
    "what is missed is half a percent": ([event(PAYMENT, 3, 99.5)], End.PAID, 3, 3),
    "what is missed is more": ([event(PAYMENT, 3, 99.49)], End.OPEN, 0, 0),
    "a payment without an amount covers it": ([event(PAYMENT, 3)], End.PAID, 3, 3),
    "the rest is credited": ([event(PAYMENT, 3, 60), event(CREDIT, 8, 40)], End.PAID, 8, 8),
    "credited in whole": ([event(CREDIT, 8, 100)], End.OTHERWISE, 8, 8),
    "taken back": ([event(PAYMENT, 3, 100), event(PAYMENT, 8, -100)], End.OPEN, 0, 0),
    "taken back and paid again": (
        [event(PAYMENT, 3, 100), event(PAYMENT, 8, -100), event(PAYMENT, 12, 100)],
        End.PAID,
        12,
        12,
    ),
    "paid twice, once taken back": (
        [event(PAYMENT, 3, 100), event(PAYMENT, 4, 100), event(PAYMENT, 8, -100)],
        End.PAID,
        3,
        3,
    ),
    "written off": ([event(Happened.WRITTEN_OFF, 20, 100)], End.OTHERWISE, 20, 20),
    "closed, and paid all the same": ([event(Happened.CLOSED, 9), event(PAYMENT, 20, 100)], End.PAID, 20, 20),
    "a moved due date ends nothing": ([event(Happened.DUE_DATE_MOVED, 9, 20600)], End.OPEN, 0, 0),
}


@pytest.mark.parametrize("life", LIVES)
def test_an_invoice_ends_as_its_money_says(life: str) -> None:
    events, how, day, known = LIVES[life]
    ends = settled_at(past_of([AnInvoice()], events))
    assert ends.how.tolist() == [how]
    if how == End.OPEN:
        assert np.isnat(ends.at[0])
        assert np.isnat(ends.known_at[0])
    else:
        at = "10:00" if how == End.PAID else "12:00"
        assert str(ends.at[0]) == f"2026-02-{day:02}T{at}:00"
        assert str(ends.known_at[0]) == f"2026-02-{known:02}T12:00:00"


def test_of_whom_no_amount_is_told_the_first_payment_settles() -> None:
    invoices = [AnInvoice(amount=np.nan), AnInvoice(amount=np.nan)]
    ends = settled_at(past_of(invoices, [AnEvent(1, PAYMENT, "2026-02-03T10:00:00", amount=12)]))
    assert ends.how.tolist() == [End.OPEN, End.PAID]


def test_a_payment_before_the_invoice_was_known_settles_it_when_it_is() -> None:
    invoice = replace(AnInvoice(), known_at="2026-02-10T08:00:00")
    ends = settled_at(past_of([invoice], [event(PAYMENT, 3, 100)]))
    assert (str(ends.at[0]), str(ends.known_at[0])) == ("2026-02-03T10:00:00", "2026-02-10T08:00:00")


def test_each_invoice_ends_for_itself() -> None:
    events = [AnEvent(row, PAYMENT, "2026-02-03T10:00:00", amount=100) for row in (1, 3)]
    assert settled_at(past_of([AnInvoice()] * 4, events)).how.tolist() == [0, 1, 0, 1]
    assert len(settled_at(past_of([])).how) == 0
