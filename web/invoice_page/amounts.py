"""Amounts as people type them: "1 234,50", "1.234,50 kr", "1234.5"; what cannot be read is nobody's guess."""

import re
from decimal import Decimal
from typing import Final

MOST: Final = Decimal(10_000_000)  # more than anybody earns, owes or pays here
_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f]+")
_CURRENCY = re.compile(r"^(kr\.?|[a-z]{3}|[€£$])|(kr\.?|[a-z]{3}|[€£$])$", re.IGNORECASE)
_SIGNS: Final = {"KR": ("NOK", "SEK", "DKK"), "KR.": ("NOK", "SEK", "DKK"), "€": ("EUR",), "£": ("GBP",)}
_NO_CENTS = re.compile(r"[.,][-\u2013\u2014]$")
_PLAIN = re.compile(r"(?P<whole>[0-9]+)(?:[.,](?P<cents>[0-9]{1,2}))?")
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<mark>[.,'\u2019])[0-9]{3}(?:(?P=mark)[0-9]{3})*)(?:(?!(?P=mark))[.,](?P<cents>[0-9]{1,2}))?"
)
_UNSURE = re.compile(r"[0-9]{1,3},[0-9]{3}")  # thousands in one language, hundredths too many in another


def read_amount(typed: str, currency: str | None = None) -> Decimal | None:
    """What was typed, in hundredths; None where it is no amount, is below zero or beyond `MOST`, or names another currency."""
    bare = _BLANKS.sub("", typed)
    if currency and any(not _is_of(named[0], currency) for named in _CURRENCY.finditer(bare)):
        return None
    plain = _NO_CENTS.sub("", _CURRENCY.sub("", bare))
    found = _PLAIN.fullmatch(plain) or _GROUPED.fullmatch(plain)
    if found is None or len(plain) > 20 or _UNSURE.fullmatch(plain):
        return None
    amount = Decimal(f"{re.sub('[^0-9]', '', found['whole'])}.{found['cents'] or '0'}").quantize(Decimal("0.01"))
    return amount if amount <= MOST else None


def _is_of(named: str, currency: str) -> bool:
    return currency in _SIGNS.get(named.upper(), (named.upper(),))


def typed(amount: Decimal) -> str:
    """An amount as it stands in a field, to be read again: "1234,50", and without hundredths where there are none."""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}".replace(".", ",")
