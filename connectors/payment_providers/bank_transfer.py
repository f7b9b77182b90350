"""Paying in one's own bank: a QR code with the whole transfer, where banks read one."""

from decimal import Decimal

import segno
from segno.helpers import make_epc_qr
from stdnum import iban, iso11649

# Where a bank reads an EPC code (EPC069-12): the euro is the account's own currency. The code itself would take any
# IBAN, a Norwegian one too, and no Norwegian bank would read it.
EURO_COUNTRIES = frozenset(
    {
        "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
        "PT", "SI", "SK",
    }
)  # fmt: skip
LARGEST = Decimal("999999999.99")
LONGEST_NAME = 70
SCALE = 4


def epc_qr(name: str, account: str | None, amount: Decimal, currency: str, reference: str) -> str | None:
    """An EPC QR code as inline SVG, or None where none is valid: not euro, or no account in a euro country.

    An RF reference goes into its own field; any other goes as text, as the standard wants.
    """
    if currency != "EUR" or not account or not iban.is_valid(account) or not 0 < amount <= LARGEST:
        return None
    if iban.compact(account)[:2] not in EURO_COUNTRIES:
        return None
    structured = reference if iso11649.is_valid(reference) else None
    code: segno.QRCode = make_epc_qr(
        name=name[:LONGEST_NAME],
        iban=iban.compact(account),
        amount=amount,
        reference=structured,
        text=None if structured else reference,
    )
    drawn: str = code.svg_inline(scale=SCALE, border=4, light="#fff", omitsize=False, svgclass="qr", lineclass=None)
    return drawn
