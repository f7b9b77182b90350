"""A code for a bank is drawn only where banks read one, and says the whole payment as the bank knows it."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.fi import bar_code as line_of
from domain.money.references import new_reference
from messages.bank_codes import QUIET, bar_code, epc_code, epc_svg
from messages.document import transfer_of
from messages.specs import SPECS
from tests.messages.samples import content, draw, item

FINNISH, NORWEGIAN = "FI21 1234 5600 0007 85", "NO9386011117947"
RF = "RF18539007547034"
LINE = "421123456000007850012395000000000000000000047115261102"
READ = (  # the bars and spaces of `LINE`, as an independent reader (ZXing) read them from the paper
    "211232112133231212312131113123314111212222212222241112231131222122312131114113212222212222212222"
    "2122222122222122222122222122222122221213221221141132223212212312122222214112122331112"
)


def drawn(account: str | None = FINNISH, amount: str = "125.00", currency: str = "EUR") -> str | None:
    return epc_svg("Acme Kraft AS", account, Decimal(amount), currency, RF)


def test_euro_to_an_account_in_euro_is_drawn_inline() -> None:
    code = drawn()
    assert code is not None
    assert code.startswith("<svg")
    assert not re.search(r"http|style=|<script", code)


@pytest.mark.parametrize(
    ("account", "amount", "currency"),
    [
        (FINNISH, "125.00", "NOK"),
        (NORWEGIAN, "125.00", "EUR"),
        (NORWEGIAN, "125.00", "NOK"),
        ("SE4550000000058398257466", "125.00", "SEK"),
        ("86011117947", "125.00", "EUR"),
        ("FI2112345600000786", "125.00", "EUR"),
        (None, "125.00", "EUR"),
        (FINNISH, "0.00", "EUR"),
        (FINNISH, "1000000000.00", "EUR"),
    ],
)
def test_anything_else_is_not(account: str | None, amount: str, currency: str) -> None:
    assert drawn(account, amount, currency) is None


@pytest.mark.parametrize(
    ("reference", "structured", "text"), [(RF, RF, ""), ("47115", "", "47115"), ("RF00 47115", "", "RF00 47115")]
)
def test_it_says_whom_where_how_much_and_what_for_line_by_line(reference: str, structured: str, text: str) -> None:
    """EPC069-12: tag, version, characters (2 is Latin 1), kind, BIC, name, IBAN, amount, purpose, references."""
    code = epc_code("Sähkö & Öljy Oy", FINNISH, Decimal("1239.50"), "EUR", reference)
    says = ["BCD", "002", "2", "SCT", "", "Sähkö & Öljy Oy", "FI2112345600000785", "EUR1239.5", "", structured, text]
    expected = segno.make_qr("\n".join(says).rstrip("\n").encode("latin-1"), error="m", boost_error=False)
    assert code is not None
    assert (code.designator, code.matrix) == (expected.designator, expected.matrix)


def runs(modules: list[bool]) -> str:
    """How wide the bars and spaces are, one after the other, without the white around."""
    assert not any(modules[:QUIET] + modules[-QUIET:])
    return "".join(str(len(list(run))) for _, run in groupby(modules[QUIET:-QUIET]))


def test_the_bars_are_those_that_a_reader_reads() -> None:
    assert runs(bar_code(LINE)) == READ


@given(st.text("0123456789", min_size=2, max_size=60).filter(lambda digits: len(digits) % 2 == 0))
def test_every_symbol_has_eleven_modules_and_another_digit_gives_other_bars(digits: str) -> None:
    modules = bar_code(digits)
    assert len(modules) == 2 * QUIET + 11 * (1 + len(digits) // 2 + 1) + 13
    other = f"{digits[:-1]}{(int(digits[-1]) + 1) % 10}"
    assert bar_code(other) != modules


@pytest.mark.parametrize("digits", ["", "123", "12a4", "1²", "12 34"])
def test_what_is_no_even_number_of_digits_is_no_bar_code(digits: str) -> None:
    with pytest.raises(ValueError, match="even number of digits"):
        bar_code(digits)


@given(
    st.decimals(min_value=0, max_value=Decimal("999999.99"), places=2),
    st.integers(min_value=100, max_value=10**19 - 1),
    st.one_of(st.none(), st.dates(min_value=date(2026, 1, 1), max_value=date(2099, 12, 31))),
)
def test_every_finnish_payment_up_to_a_million_has_bars(amount: Decimal, digits: int, due: date | None) -> None:
    line = line_of(FINNISH, amount, new_reference("FI", str(digits)), due)
    assert line is not None
    assert len(bar_code(line)) == 352


def test_a_message_about_one_invoice_that_is_paid_by_hand_says_one_payment() -> None:
    finnish = item(account=FINNISH, reference="47115", amount_due=Decimal("1239.50"))
    message = content(items=(finnish,), currency="EUR", country="FI", language="fi", account_holder="Acme Oy")
    found = transfer_of(message)
    assert found is not None
    assert (found.holder, found.reference, found.by) == ("Acme Oy", "47115", message.deadline)
    assert str(found.code).startswith("42112345600000785")
    drawn_by_bank = replace(finnish, draw=draw(finnish.amount_due))
    for none in (
        replace(message, items=(finnish, replace(finnish, number="2"))),
        replace(message, items=(drawn_by_bank,)),
        replace(message, kind=SPECS["statement"]),
        replace(message, kind=SPECS["plan-agreed"]),
        replace(message, kind=SPECS["paid"]),
    ):
        assert transfer_of(none) is None
