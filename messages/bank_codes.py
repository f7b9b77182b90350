"""Codes from which a bank reads a whole payment: the EPC QR code, and the bar code of Finnish bills (Code 128)."""

import re
from decimal import Decimal
from typing import Final

import segno
from segno.helpers import make_epc_qr
from stdnum import iban, iso11649

# Where a bank reads an EPC code (EPC069-12): the euro is the account's own currency. The code itself would take any
# IBAN, a Norwegian one too, and no Norwegian bank would read it.
EURO_COUNTRIES: Final = frozenset(
    {
        "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT", "LT", "LU", "LV", "MT", "NL",
        "PT", "SI", "SK",
    }
)  # fmt: skip
LARGEST: Final = Decimal("999999999.99")
LONGEST_NAME: Final = 70
SCALE: Final = 4
# ISO/IEC 15417, Code 128: how wide the bars and the spaces of each symbol are, a bar first; 105 starts a code of digits alone
# (set C: each symbol two of them), 106 ends it.
_WIDTHS: Final = re.findall(
    "[1-4]+",
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 "
    "122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 "
    "322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 "
    "112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 "
    "331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 "
    "112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 "
    "124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 "
    "411311 113141 114131 311141 411131 211412 211214 211232 2331112",
)
_START_C: Final = 105
_STOP: Final = 106
QUIET: Final = 10  # modules of white on either side
BARS_HEIGHT: Final = 40  # in modules


def epc_code(name: str, account: str | None, amount: Decimal, currency: str, reference: str) -> segno.QRCode | None:
    """An EPC QR code, or None where none is valid: not euro, or no account in a euro country.

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
    return code


def epc_svg(name: str, account: str | None, amount: Decimal, currency: str, reference: str) -> str | None:
    """The same as inline SVG, for a page."""
    if (code := epc_code(name, account, amount, currency, reference)) is None:
        return None
    drawn: str = code.svg_inline(scale=SCALE, border=4, light="#fff", omitsize=False, svgclass="qr", lineclass=None)
    return drawn


def bar_code(digits: str) -> list[bool]:
    """A bar code of an even number of digits (Code 128, set C), module by module: True is black. ValueError for other signs."""
    if not re.fullmatch(r"(?:[0-9]{2})+", digits):
        raise ValueError("a bar code of set C is made of an even number of digits")
    values = [_START_C, *(int(digits[at : at + 2]) for at in range(0, len(digits), 2))]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    modules = [
        place % 2 == 0
        for value in (*values, check, _STOP)
        for place, width in enumerate(_WIDTHS[value])
        for _ in range(int(width))
    ]
    return [*[False] * QUIET, *modules, *[False] * QUIET]


def bar_svg(digits: str) -> str:
    """The same as inline SVG, for a page, which says the digits itself."""
    modules = bar_code(digits)
    edges = [place for place, module in enumerate(modules) if module and not modules[place - 1]]
    path = "".join(f"M{start} 0h{modules.index(False, start) - start}v{BARS_HEIGHT}H{start}z" for start in edges)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bars" aria-hidden="true" '
        f'viewBox="0 0 {len(modules)} {BARS_HEIGHT}" preserveAspectRatio="none" shape-rendering="crispEdges">'
        f'<rect fill="#fff" width="{len(modules)}" height="{BARS_HEIGHT}"/><path d="{path}"/></svg>'
    )
