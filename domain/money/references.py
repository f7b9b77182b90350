"""Payment references: which scheme one follows, whether its check digits hold, how a new KID is made, and which
references a damaged one may have been.

Known schemes are the Norwegian KID and the international RF reference (ISO 11649); all else is free text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, cycle, islice
from operator import mul
from string import ascii_uppercase, digits
from types import MappingProxyType
from typing import Literal

from stdnum import luhn

Scheme = Literal["kid", "rf"]

_KID_SHAPE = re.compile(r"[0-9]{1,24}[0-9-]")
_RF_SHAPE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
_MOD11_WEIGHTS = tuple(islice(cycle((2, 3, 4, 5, 6, 7)), 25))
_DIGIT_VALUES = bytes.maketrans(b"0123456789-", bytes(range(11)))
_DOUBLED = bytes(sum(divmod(2 * value, 10)) for value in range(256))  # the sum of the digits of twice the value
_RF_VALUES = str.maketrans({letter: str(10 + place) for place, letter in enumerate(ascii_uppercase)} | {"-": "99"})
_LONGEST_KID = 25
_LABEL = re.compile(r"\s*(?:kid|ocr)[\s-]*(?:n(?:umme|umbe)?r|no)?[\s.:#=]*(?=[0-9OIL])", re.IGNORECASE)
_LOOK_ALIKES = str.maketrans("OIL", "011")
_NEARLY_KID = re.compile(r"(?=[^A-Z]*[A-Z]?[^A-Z]*$)[0-9A-Z]{1,25}[0-9A-Z-]")  # one other letter at most
_NEARLY_RF = re.compile(r"(?:RF?|FR?)[0-9A-Z]{2,24}")


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
    return scheme == "rf" and _is_valid_rf(reference)


def kid_with_check_digit(digits: str) -> str:
    """A KID to issue: the 1 to 24 given digits and their mod10 check digit.

    Always mod10, since mod11 may end in "-", which the OCR specification bans.
    Raises ValueError where the digits are no digits or too many.
    """
    if not re.fullmatch(r"[0-9]{1,24}", digits):
        raise ValueError("a KID is made from 1 to 24 digits, so that it has 2 to 25 with its check digit")
    return digits + luhn.calc_check_digit(digits)


def cleaned(reference: str) -> str:
    """The reference as it was meant to be typed: without a label ("KID: "), blanks, dots and hyphens that group it,
    and with O read as 0 and I and l as 1 where digits are meant. Free text comes back as it stands.
    """
    given = unicodedata.normalize("NFKC", reference)
    label = _LABEL.match(given)
    compact = "".join(given[label.end() if label else 0 :].split()).replace(".", "").upper()
    compact = compact[:-1].replace("-", "") + compact[-1:]  # a mod11 check digit may be a hyphen, the last sign only
    as_digits = compact.translate(_LOOK_ALIKES)
    if _RF_SHAPE.fullmatch(f"RF{as_digits[2:]}") and compact.startswith("RF"):
        return compact if _is_valid_rf(compact) else f"RF{as_digits[2:]}"
    read, typed = sum(map(str.isdecimal, as_digits)), sum(map(str.isdecimal, compact))
    if _NEARLY_KID.fullmatch(as_digits) and 2 * read > len(compact) and 4 * typed >= len(compact):
        return as_digits
    return normalised(reference)


@lru_cache(maxsize=4096)  # a payment's corrections are looked up first and compared afterwards
def corrections(reference: str) -> Mapping[str, str]:
    """Every reference one slip away that its check digits allow, each with the slip in words.

    Slips: a digit missing, too many or wrong, two neighbours swapped, look-alike letters, leading zeros dropped or
    added. A KID may hold by mod10 or by mod11; the ledger knows which of them exist. Free text has none.
    """
    base, given = cleaned(reference), normalised(reference)
    found: dict[str, str] = {}
    if _NEARLY_RF.fullmatch(base):
        letters = ascii_uppercase if any(map(str.isalpha, base[4:])) else "RF"
        shape, holds, alphabet = _RF_SHAPE, _rf_holds, f"{digits}{letters}"
    elif _NEARLY_KID.fullmatch(base):
        shape, holds, alphabet = _KID_SHAPE, _kid_holds, digits
        found.update(with_other_leading_zeros(base))
    else:
        return MappingProxyType({})
    slips = chain(_cleaning(given, base), _slips(base, alphabet))
    for slipped, slip in slips:
        if slipped not in found and holds(slipped) and shape.fullmatch(slipped):
            found[slipped] = slip
    found.pop(given, None)
    return MappingProxyType(found)


def _cleaning(given: str, base: str) -> Iterator[tuple[str, str]]:
    if base != given:
        in_full = sum(map(str.isdecimal, given)) == sum(map(str.isdecimal, base))
        yield base, "other signs among its digits" if in_full else "the letter O for 0 or I for 1"


def _slips(base: str, alphabet: str) -> Iterator[tuple[str, str]]:
    """What stood there before one slip made `base` of it; the check digits are not asked."""
    for place in range(len(base) - 1):
        if base[place] != base[place + 1]:
            yield f"{base[:place]}{base[place + 1]}{base[place]}{base[place + 2 :]}", "two digits swapped"
    for place in range(len(base)):
        before, after = base[:place], base[place + 1 :]
        for sign in alphabet if after else f"{alphabet}-":
            yield f"{before}{sign}{after}", "one digit wrong"
        yield f"{before}{after}", "one digit too many"
    for place in range(len(base) + 1):
        before, after = base[:place], base[place:]
        for sign in alphabet if after else f"{alphabet}-":
            yield f"{before}{sign}{after}", "one digit missing"


def with_other_leading_zeros(base: str) -> Mapping[str, str]:
    """The same KID with other leading zeros, which spreadsheets drop: neither check digit sees them."""
    if not _is_valid_kid(base):
        return {}
    bare = base.lstrip("0")
    lengths = (length for length in range(max(len(bare), 2), _LONGEST_KID + 1) if length != len(base))
    return {bare.rjust(n, "0"): f"leading zeros {'missing' if n > len(base) else 'too many'}" for n in lengths}


def is_mod10(reference: str) -> bool:
    """Whether the last of these digits is the mod10 (Luhn) check digit of the others."""
    values = reference.encode().translate(_DIGIT_VALUES)
    return (sum(values[::-2]) + sum(values[-2::-2].translate(_DOUBLED))) % 10 == 0 and values[-1] < 10


def _is_mod11(reference: str) -> bool:
    values = reference.encode().translate(_DIGIT_VALUES)
    weighted: int = sum(map(mul, values[-2::-1], _MOD11_WEIGHTS))
    return (weighted + values[-1]) % 11 == 0


def _kid_holds(reference: str) -> bool:
    return is_mod10(reference) or _is_mod11(reference)


def _rf_holds(reference: str) -> bool:
    return int((reference[4:] + reference[:4]).translate(_RF_VALUES)) % 97 == 1


def _is_valid_kid(reference: str) -> bool:
    return _KID_SHAPE.fullmatch(reference) is not None and _kid_holds(reference)


def _is_valid_rf(reference: str) -> bool:
    return _RF_SHAPE.fullmatch(reference) is not None and _rf_holds(reference)


def _paid_in_norway(account: str | None, currency: str | None) -> bool:
    compact = re.sub(r"[\s.]", "", account or "").upper()
    if _IBAN_SHAPE.fullmatch(compact):
        return compact.startswith("NO")
    return re.fullmatch(r"[0-9]{11}", compact) is not None or currency == "NOK"
