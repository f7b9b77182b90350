"""Payment references: which scheme one follows, whether its check digits hold, and how a new KID is made.

Known schemes are the Norwegian KID and the international RF reference (ISO 11649); all else is free text.
"""

import re
from itertools import cycle
from typing import Literal

from stdnum import iso11649, luhn

Scheme = Literal["kid", "rf"]

_KID_SHAPE = re.compile(r"[0-9]{1,24}[0-9-]")
_RF_SHAPE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
_MOD11_WEIGHTS = (2, 3, 4, 5, 6, 7)


def normalised(reference: str) -> str:
    """The reference as stored and compared: KID and RF in capitals without spaces, free text as it stands."""
    compact = "".join(reference.split()).upper()
    return compact if _KID_SHAPE.fullmatch(compact) or _RF_SHAPE.fullmatch(compact) else reference.strip()


def scheme_of(reference: str, account: str | None = None, currency: str | None = None) -> Scheme | None:
    """The scheme that a reference is meant to follow, valid or not; None for free text.

    Digits alone are a KID only where one pays in Norway: the payee account is Norwegian (11 digits or an IBAN
    from NO), or no account tells and the currency is NOK. Elsewhere digits follow another country's rules.
    """
    reference = normalised(reference)
    if _RF_SHAPE.fullmatch(reference):
        return "rf"
    if _KID_SHAPE.fullmatch(reference) and _paid_in_norway(account, currency):
        return "kid"
    return None


def is_valid(reference: str, scheme: Scheme | None) -> bool:
    """Whether the check digits of a reference hold for its scheme; free text (no scheme) is never valid."""
    reference = normalised(reference)
    if scheme == "kid":
        return _is_valid_kid(reference)
    return scheme == "rf" and iso11649.is_valid(reference)


def kid_with_check_digit(digits: str) -> str:
    """A KID to issue: the 1 to 24 given digits and their mod10 check digit.

    Always mod10, since mod11 may end in "-", which the OCR specification bans.
    Raises ValueError where the digits are no digits or too many.
    """
    if not re.fullmatch(r"[0-9]{1,24}", digits):
        raise ValueError("a KID is made from 1 to 24 digits, so that it has 2 to 25 with its check digit")
    return digits + luhn.calc_check_digit(digits)


def _is_valid_kid(reference: str) -> bool:
    if not _KID_SHAPE.fullmatch(reference):
        return False
    return luhn.is_valid(reference) or reference[-1] == _mod11_check_digit(reference[:-1])


def _mod11_check_digit(digits: str) -> str:
    weights = cycle(_MOD11_WEIGHTS)
    weighted = sum(int(digit) * weight for digit, weight in zip(reversed(digits), weights, strict=False))
    remainder = -weighted % 11
    return "-" if remainder == 10 else str(remainder)


def _paid_in_norway(account: str | None, currency: str | None) -> bool:
    compact = re.sub(r"[\s.]", "", account or "").upper()
    if _IBAN_SHAPE.fullmatch(compact):
        return compact.startswith("NO")
    return re.fullmatch(r"[0-9]{11}", compact) is not None or currency == "NOK"
