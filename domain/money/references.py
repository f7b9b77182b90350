"""Payment references: which scheme one follows, whether its check digits hold, how a new one is made and printed, and
which references a damaged one may have been.

Known schemes are the countries' own and the international RF reference (ISO 11649), which may be made of a country's own;
all else is free text. In a currency the schemes of the countries that pay with it are meant, or all where none does.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from string import ascii_uppercase, digits
from types import MappingProxyType

from domain.countries.country import Country, ReferenceScheme
from domain.countries.registry import COUNTRIES, country_of

_RF_SHAPE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_RF_GROUP = 4
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]+")
_RF_VALUES = str.maketrans({letter: str(10 + place) for place, letter in enumerate(ascii_uppercase)} | {"-": "99"})
_LONGEST = 25  # of any country's own
CALLED = "|".join(word for country in COUNTRIES.values() if country.references for word in country.references.called)
"""What people write before a reference, as a pattern."""
NUMBER = "(?:nummer|number|numero|nro|nr|no)"
"""The word for a number, as a pattern."""
_LABEL = re.compile(rf"\s*(?:{CALLED})[\s-]*{NUMBER}?[\s.:#=]*(?=[0-9OIL])", re.IGNORECASE)
_LOOK_ALIKES = str.maketrans("OIL", "011")
_NEARLY_DIGITS = re.compile(r"(?=[^A-Z]*[A-Z]?[^A-Z]*$)[0-9A-Z]{1,25}[0-9A-Z-]")  # one other letter at most
_NEARLY_RF = re.compile(r"(?:RF?|FR?|[0-9]RF|[0-9]F)[0-9A-Z]{2,24}")


def schemes() -> list[ReferenceScheme]:
    """Every scheme that is known, the international one last."""
    return [*own_schemes(None), RF]


def own_schemes(currency: str | None) -> list[ReferenceScheme]:
    """The countries' own schemes that are meant in a currency."""
    own = [(country.currency, country.references) for country in COUNTRIES.values() if country.references]
    return [scheme for paid_with, scheme in own if paid_with == currency] or [scheme for _, scheme in own]


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


def printed(reference: str, currency: str) -> str:
    """A reference as people write it on paper: RF in fours from its first sign, a country's own in its groups."""
    reference = normalised(reference)
    if _is_of(RF, reference):
        return " ".join(reference[at : at + _RF_GROUP] for at in range(0, len(reference), _RF_GROUP))
    name = scheme_of(reference, None, currency)
    group = next((known.group for known in schemes() if known.name == name and _is_of(known, reference)), 0)
    if not group:
        return reference
    first = len(reference) % group
    rest = (reference[at : at + group] for at in range(first, len(reference), group))
    return " ".join(filter(None, (reference[:first], *rest)))


def holds(reference: str, currency: str | None = None) -> bool:
    """Whether the check digits of a reference hold by any scheme that is meant in a currency."""
    reference = normalised(reference)
    return any(_is_of(scheme, reference) for scheme in (*own_schemes(currency), RF))


def new_reference(country: str, digits: str, agreed: str | None = None) -> str:
    """A reference to issue in a country: by what the creditor agreed with its bank, else of the country's own scheme,
    else an RF reference. ValueError for what are no digits.
    """
    here = country_of(country)
    if agreed is not None and here.reference_agreements:
        return here.reference_agreements.made_of(agreed, digits)
    return (here.references or RF).made_of(digits)


def spellings(reference: str, currency: str | None = None) -> tuple[str, ...]:
    """A reference, and every other way to write the same one that is paid in a currency: with other leading zeros where
    they count for nothing, as the RF reference made of it, or as that of which an RF reference is made.
    """
    own = own_schemes(currency)
    bare, found = _core(reference, own), [reference]
    for scheme in own:
        if scheme.in_rf and _is_of(scheme, bare):
            found += [bare, _rf(bare), *(() if scheme.zeros_count else _with_zeros(bare, scheme))]
    return tuple(dict.fromkeys(found))


def may_be_another(given: str, meant: str, currency: str | None) -> bool:
    """Whether a reference could as well be another one of the series of `meant`: as long, and held by the same check digit."""
    given, own = cleaned(given), own_schemes(currency)
    given, meant = (_core(reference, own) for reference in (given, meant))
    if len(given) != len(meant):
        return False
    for scheme in (*own, RF):
        if _is_of(scheme, meant):
            check = scheme.usual if scheme.usual and scheme.usual(meant) else scheme.holds
            return scheme.shape.fullmatch(given) is not None and check(given)
    return holds(given)


def _core(reference: str, own: Iterable[ReferenceScheme]) -> str:
    """What tells a reference from others of its series, where one may be written in several ways."""
    for scheme in own:
        bare = reference[4:] if _is_of(RF, reference) else reference
        if scheme.in_rf and _is_of(scheme, bare):
            return bare if scheme.zeros_count else bare.lstrip("0")
    return reference


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
    if _NEARLY_DIGITS.fullmatch(as_digits) and 2 * read > len(compact) and 4 * typed >= len(compact):
        return as_digits
    return normalised(reference)


@lru_cache(maxsize=4096)  # a payment's corrections are looked up first and compared afterwards
def corrections(reference: str, currency: str | None = None) -> Mapping[str, str]:
    """Every reference one slip away that the check digits of a scheme meant in a currency allow, each with the slip in words.

    Slips: a digit missing, too many or wrong, two neighbours swapped, look-alike letters, leading zeros dropped or
    added. A KID may hold by mod10 or by mod11; the ledger knows which of them exist. Free text has none.
    """
    base, given = cleaned(reference), normalised(reference)
    found: dict[str, str] = {}
    own = own_schemes(currency)
    if _NEARLY_RF.fullmatch(base):
        letters = ascii_uppercase if any(map(str.isalpha, base[4:])) else "RF"
        meant, slips = [RF], _slips(base, f"{digits}{letters}", "-")
    elif _NEARLY_DIGITS.fullmatch(base):
        meant, slips = own, _slips(base, digits, "".join(scheme.last for scheme in own))
        found.update(with_other_leading_zeros(base, currency))
    else:
        return MappingProxyType({})
    for slipped, slip in chain(_cleaning(given, base), slips):
        if slipped not in found and any(_is_of(scheme, slipped) for scheme in meant):
            found.update((other, slip) for other in _in_and_out_of_rf(slipped, own) if other not in found)
    found.pop(given, None)
    return MappingProxyType(found)


def _cleaning(given: str, base: str) -> Iterator[tuple[str, str]]:
    if base != given:
        in_full = sum(map(str.isdecimal, given)) == sum(map(str.isdecimal, base))
        yield base, "other signs among its digits" if in_full else "the letter O for 0 or I for 1"


def _slips(base: str, alphabet: str, last: str) -> Iterator[tuple[str, str]]:
    """What stood there before one slip made `base` of it; the check digits are not asked. `last` may only end one."""
    for place in range(len(base) - 1):
        if base[place] != base[place + 1]:
            yield f"{base[:place]}{base[place + 1]}{base[place]}{base[place + 2 :]}", "two digits swapped"
    for place in range(len(base)):
        before, after = base[:place], base[place + 1 :]
        for sign in alphabet if after else f"{alphabet}{last}":
            yield f"{before}{sign}{after}", "one digit wrong"
        yield f"{before}{after}", "one digit too many"
    for place in range(len(base) + 1):
        before, after = base[:place], base[place:]
        for sign in alphabet if after else f"{alphabet}{last}":
            yield f"{before}{sign}{after}", "one digit missing"


def _in_and_out_of_rf(reference: str, own: Iterable[ReferenceScheme]) -> Iterator[str]:
    """A reference that holds, and its other form where a scheme's may stand in RF references."""
    yield reference
    bare = _core(reference, own)
    if any(scheme.in_rf and _is_of(scheme, bare) for scheme in own):
        yield bare if RF.shape.fullmatch(reference) else _rf(bare)


def with_other_leading_zeros(base: str, currency: str | None = None) -> Mapping[str, str]:
    """The same digits with other leading zeros, which spreadsheets drop: no check digit sees them."""
    bare, found = base.lstrip("0"), dict[str, str]()
    for scheme in own_schemes(currency):
        if _is_of(scheme, base):
            others = (other for other in _with_zeros(bare, scheme) if other != base)
            found |= {other: f"leading zeros {'missing' if len(other) > len(base) else 'too many'}" for other in others}
    return found


def _with_zeros(bare: str, scheme: ReferenceScheme) -> Iterator[str]:
    """The digits with all numbers of leading zeros that leave one of the scheme."""
    padded = (bare.rjust(length, "0") for length in range(len(bare), _LONGEST + 1))
    return (each for each in padded if scheme.shape.fullmatch(each))


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
