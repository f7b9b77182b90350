"""A QR code for a bank transfer is drawn only where banks read one."""

import re
from decimal import Decimal

import pytest

from connectors.payment_providers.bank_transfer import epc_qr

FINNISH, NORWEGIAN = "FI21 1234 5600 0007 85", "NO9386011117947"
RF = "RF18539007547034"


def drawn(account: str | None = FINNISH, amount: str = "125.00", currency: str = "EUR") -> str | None:
    return epc_qr("Acme Kraft AS", account, Decimal(amount), currency, RF)


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
        ("86011117947", "125.00", "EUR"),
        ("FI2112345600000786", "125.00", "EUR"),
        (None, "125.00", "EUR"),
        (FINNISH, "0.00", "EUR"),
        (FINNISH, "1000000000.00", "EUR"),
    ],
)
def test_anything_else_is_not(account: str | None, amount: str, currency: str) -> None:
    assert drawn(account, amount, currency) is None


def test_any_reference_that_is_not_rf_goes_as_text() -> None:
    codes = {epc_qr("Acme", FINNISH, Decimal(10), "EUR", reference) for reference in (RF, "006402710013")}
    assert len(codes) == 2
    assert None not in codes
