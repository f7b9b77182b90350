"""Payment references: which scheme one follows, whether its check digits hold, how a new one is made, and which
references a damaged one may have been.

Known schemes are the countries' own and the international RF reference (ISO 11649); all else is free text. Damage is
undone in KID and RF references.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from string import ascii_uppercase, digits
from types import MappingProxyType

from domain.countries.country import Country, ReferenceScheme
from domain.countries.no import KID
from domain.countries.registry import COUNTRIES, country_of

_RF_SHAPE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
_RF_VALUES = str.maketrans({letter: str(10 + place) for place, letter in enumerate(ascii_uppercase)} | {"-": "99"})
_LONGEST_KID = 25
_LABEL = re.compile(r"\s*(?:kid|ocr)[\s-]*(?:n(?:umme|umbe)?r|no)?[\s.:#=]*(?=[0-9OIL])", re.IGNORECASE)
_LOOK_ALIKES = str.maketrans("OIL", "011")
_NEARLY_KID = re.compile(r"(?=[^A-Z]*[A-Z]?[^A-Z]*$)[0-9A-Z]{1,25}[0-9A-Z-]")  # one other letter at most
_NEARLY_RF = re.compile(r"(?:RF?|FR?)[0-9A-Z]{2,24}")


def schemes() -> list[ReferenceScheme]:
    """Every scheme that is known, the international one last."""
    return [*(country.references for country in COUNTRIES.values() if country.references), RF]


def normalised(reference: str) -> str:
    """The reference as stored and compared: one of a scheme in capitals without spaces, free text as it stands."""
    compact = "".join(reference.split()).upper()
    return compact if any(scheme.shape.fullmatch(compact) for scheme in schemes()) else reference.strip()


def scheme_of(reference: str, account: str | None = None, currency: str | None = None) -> str | None:
    """The name of the scheme that a reference is meant to follow, valid or not; None for free text.

    A country's own scheme holds only where one pays there: the payee account is one of the country (its own number or
    an IBAN from there), or no account tells and the currency is the country's. Elsewhere digits follow other rules.
    """
    reference = normalised(reference)
    if RF.shape.fullmatch(reference):
        return RF.name
    for country in COUNTRIES.values():
        scheme = country.references
        if scheme and scheme.shape.fullmatch(reference) and _is_paid_in(country, account, currency):
            return scheme.name
    return None


def is_valid(reference: str, scheme: str | None) -> bool:
    """Whether the check digits of a reference hold for the scheme of this name; free text (no scheme) is never valid."""
    reference = normalised(reference)
    return any(known.name == scheme and _is_of(known, reference) for known in schemes())


def label_of(reference: str, currency: str) -> str:
    """What people call a reference that is paid in a currency and whose check digits hold: KID; empty without such a word."""
    name, reference = scheme_of(reference, None, currency), normalised(reference)
    return next((known.label for known in schemes() if known.name == name and _is_of(known, reference)), "")


def holds(reference: str) -> bool:
    """Whether the check digits of a reference hold by any scheme."""
    reference = normalised(reference)
    return any(_is_of(scheme, reference) for scheme in schemes())


def new_reference(country: str, digits: str) -> str:
    """A reference to issue in a country: of its own scheme, else an RF reference. ValueError for what are no digits."""
    return (country_of(country).references or RF).made_of(digits)


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
        return compact if _is_of(RF, compact) else f"RF{as_digits[2:]}"
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
        shape, check, alphabet = RF.shape, RF.holds, f"{digits}{letters}"
    elif _NEARLY_KID.fullmatch(base):
        shape, check, alphabet = KID.shape, KID.holds, digits
        found.update(with_other_leading_zeros(base))
    else:
        return MappingProxyType({})
    slips = chain(_cleaning(given, base), _slips(base, alphabet))
    for slipped, slip in slips:
        if slipped not in found and check(slipped) and shape.fullmatch(slipped):
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
    if not _is_of(KID, base):
        return {}
    bare = base.lstrip("0")
    lengths = (length for length in range(max(len(bare), 2), _LONGEST_KID + 1) if length != len(base))
    return {bare.rjust(n, "0"): f"leading zeros {'missing' if n > len(base) else 'too many'}" for n in lengths}


def _rf_holds(reference: str) -> bool:
    return int((reference[4:] + reference[:4]).translate(_RF_VALUES)) % 97 == 1


def _rf(digits: str) -> str:
    if not re.fullmatch(r"[0-9]{1,21}", digits):
        raise ValueError("an RF reference is made from 1 to 21 digits")
    return f"RF{98 - int(f'{digits}271500') % 97:02}{digits}"  # ISO 11649: RF is 2715 in digits


def _is_of(scheme: ReferenceScheme, reference: str) -> bool:
    return scheme.shape.fullmatch(reference) is not None and scheme.holds(reference)


def _is_paid_in(country: Country, account: str | None, currency: str | None) -> bool:
    compact = re.sub(r"[\s.]", "", account or "").upper()
    if _IBAN_SHAPE.fullmatch(compact):
        return compact.startswith(country.code)
    own = country.account is not None and country.account.fullmatch(compact) is not None
    return own or currency == country.currency


RF = ReferenceScheme("rf", _RF_SHAPE, holds=_rf_holds, made_of=_rf)
