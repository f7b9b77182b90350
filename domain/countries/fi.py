"""Finland: the national reference (viitenumero), which RF may be made of, how a place is written, who helps a debtor."""

import re
from datetime import date
from decimal import Decimal
from itertools import cycle, islice
from operator import mul

from stdnum.fi import ytunnus

from domain.countries.check_digits import VALUES, is_mod10
from domain.countries.country import AgreementField, Country, DebtAdvice, EInvoicing, ReferenceScheme

_LONGEST, _SHORTEST = 20, 4
_POSTCODE = re.compile(r"(?:(?:FIN?|AX)-? ?)?([0-9]{5})")
_IBAN = re.compile(r"FI(?P<digits>[0-9]{16})")
_RF = re.compile(r"RF(?P<check>[0-9]{2})(?P<digits>[0-9]{1,21})")
_MOST_CENTS = 99_999_999
_WEIGHTS = tuple(islice(cycle((7, 3, 1)), _LONGEST))


def viite_of(digits: str) -> str:
    """A viitenumero of 3 to 19 digits and their check digit, without leading zeros, which count for nothing in one.

    Finance Finland: the digits weighted 7, 3, 1 from the right, and what their sum lacks to the next ten. ValueError
    where the digits are none, too few or too many.
    """
    significant = digits.lstrip("0")
    if not re.fullmatch(r"[0-9]{3,19}", digits) or len(significant) < _SHORTEST - 1:
        raise ValueError("a viitenumero is made from 3 to 19 digits, leading zeros not counted")
    return f"{significant}{-_weighted(significant) % 10}"


def _holds(reference: str) -> bool:
    return (_weighted(reference[:-1]) + int(reference[-1])) % 10 == 0 and len(reference.lstrip("0")) >= _SHORTEST


def _weighted(digits: str) -> int:
    return sum(map(mul, digits.encode().translate(VALUES)[::-1], _WEIGHTS))


def bar_code(account: str, amount: Decimal, reference: str, due: date | None) -> str | None:
    """The 54 digits of a Finnish bill's bar code, which people type into their bank (virtuaaliviivakoodi).

    Version 4 for a viitenumero, 5 for an RF reference of digits. None where they have no room for it: another account than
    a Finnish IBAN, another reference, or an amount above 999,999.99. Finance Finland, bank bar code guide.
    """
    iban, cents = "".join(account.split()).upper(), int(amount * 100)
    body = _IBAN.fullmatch(iban)
    if body is None or not 0 <= cents <= _MOST_CENTS or cents != amount * 100:
        return None
    if rf := _RF.fullmatch(reference):
        version, referred = 5, f"{rf['check']}{rf['digits']:0>21}"
    elif VIITE.shape.fullmatch(reference):
        version, referred = 4, f"000{reference:0>20}"
    else:
        return None
    return f"{version}{body['digits']}{cents:08}{referred}{due.strftime('%y%m%d') if due else '000000'}"


def place(postcode: str, town: str) -> str:
    """As in 00100 HELSINKI: the town in capitals, as the post wants it (kielitoimistonohjepankki.fi)."""
    found = _POSTCODE.fullmatch(postcode.strip())
    return f"{found[1] if found else postcode} {town.upper()}"


VIITE = ReferenceScheme(
    "viite",
    re.compile(r"[0-9]{4,20}"),
    holds=_holds,
    made_of=viite_of,
    called=("viite",),
    zeros_count=False,
    in_rf=True,
    group=5,
)

FINLAND = Country(
    "FI",
    "Finnish",
    "EUR",
    languages=("fi", "sv", "en"),
    references=VIITE,
    payment_code=bar_code,
    place=place,
    e_invoice={
        "address": AgreementField(
            re.compile(r"0037[0-9]{8}[0-9A-Z]{0,5}|FI[0-9]{16}"),
            "the e-invoice address (verkkolaskuosoite): 0037 and the business id's 8 digits, such as 003712345671, or an IBAN",
        ),
        "operator": AgreementField(
            re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?|0037[0-9]{8}[0-9A-Z]{0,5}"),
            "the operator's id (välittäjätunnus): a BIC such as OKOYFIHH, or 0037 and 8 digits",
        ),
    },
    is_iban_of=lambda rest: (
        re.fullmatch(r"[0-9]{14}", rest) is not None and is_mod10(rest)
    ),  # as the national number was
    # Laki talous- ja velkaneuvonnasta (813/2017) 1 §: free of charge.
    debt_advice=DebtAdvice(
        "talous- ja velkaneuvonta",
        page="https://oikeuspalveluvirasto.fi",
        said={"sv": "ekonomi- och skuldrådgivningen", "en": "the public debt counselling (talous- ja velkaneuvonta)"},
    ),
    # An OVT number is 0037 and the digits of the business id (Y-tunnus), as is the VAT number behind FI.
    in_union=True,
    e_invoicing=EInvoicing(
        lambda number: ("0216", f"0037{number}") if ytunnus.is_valid(number) else None,
        lambda number: ("0212", ytunnus.format(number)),
        lambda number: f"FI{number}",
    ),
    social_help=DebtAdvice("Kela", page="https://www.kela.fi", said={"sv": "FPA"}),
)
