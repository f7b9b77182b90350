"""What a payment tells: the numbers in its text, by what it calls them, and all that the ledger is asked for."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from domain.money.matching.names import name_keys, names_in
from domain.money.references import (
    CALLED,
    NUMBER,
    cleaned,
    corrections,
    holds,
    normalised,
    spellings,
    with_other_leading_zeros,
)

_MOST_NUMBERS = 40
_SHORTEST_NUMBER = 4  # in the text, unless it is called an invoice or customer number there
_SHORTEST_REFERENCE = 9  # in the text, unless it is called one there: a phone number has 8 digits
_CALLED = re.compile(
    rf"(?<![^\W\d_])(?:(?P<reference>{CALLED}|ref(?:erence|eranse|erens)?)"
    r"|(?P<invoice>faktura|fakt|fnr|invoice|inv|rechnung|lasku)|(?P<customer>kunden?|knr|customer|cust|asiakas))"
    rf"[\s._-]*{NUMBER}?[\s.:#=]*"
    r"(?P<number>(?:\d[\dOIl]*[ .])*\d[\dOIl]*(?![^\s,;.])|[^\s,;]*\d[^\s,;]*)",
    re.IGNORECASE,
)
_DATE_OR_AMOUNT = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d|\d{1,3}(?:[ .]?\d{3})*,\d\d|\d+\.\d\d)"
    r"(?!\d|\.\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_TOKEN = re.compile(r"[^\s,;+&()\"]*\d[^\s,;+&()\"]*")
_GROUPED = re.compile(r"[0-9OIl]+(?:[ .][0-9OIl]+)+")
_RF = re.compile(r"(?<![^\W_])RF ?(?=\d)([0-9OIl]+(?:[ .][0-9OIl]+)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clue:
    """What a payment tells. A negative amount is a reversal."""

    amount: Decimal
    currency: str
    reference: str | None = None
    text: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    number: str | None = None  # the invoice's number, where the source knows it
    elsewhere: bool = False  # the reference is one of another creditor's


@dataclass(frozen=True, slots=True)
class Searched:
    """What the ledger is asked for about a payment; each value is looked up exactly."""

    references: tuple[str, ...]  # as given, and cleaned
    corrected: Mapping[str, str]  # references one slip away, with the slip in words
    in_text: frozenset[str]  # references in the text whose check digit holds
    numbers: frozenset[str]  # in the text: may be invoice numbers
    keys: frozenset[str]  # of these numbers, however they are written
    customers: frozenset[str]  # in the text: may be customer numbers
    called: frozenset[str]  # of these the ones that the text calls so
    names: frozenset[str]  # keys of the payer's name, and of what may be names in the text
    account: str | None


def exact_references(clue: Clue) -> tuple[str, ...]:
    """The reference as it was given and, where that differs, as it was meant to be typed, each in every spelling of its own."""
    if not clue.reference:
        return ()
    given = (normalised(clue.reference), cleaned(clue.reference))
    return tuple(dict.fromkeys(one for reference in given for one in spellings(reference, clue.currency)))


@lru_cache(maxsize=1024)  # asked once to look up and once to compare
def searched(clue: Clue) -> Searched:
    """Everything that the ledger is asked for about a payment."""
    references = exact_references(clue)
    written = WrittenNumbers.read(" ; ".join(filter(None, (clue.reference, clue.text))))
    possible = {cleaned(number) for number in written.unnamed if len(number) >= _SHORTEST_REFERENCE}
    possible |= {cleaned(number) for number in written.references}
    valid = {reference for reference in possible if holds(reference, clue.currency)}
    damaged = [clue.reference] if clue.reference else sorted(possible - valid)[:3]
    corrected = (
        {ref: slip for given in damaged for ref, slip in corrections(given, clue.currency).items()}
        if clue.amount > 0
        else {}
    )
    if not clue.reference and clue.amount > 0:
        corrected |= {
            ref: slip for given in sorted(valid) for ref, slip in with_other_leading_zeros(given, clue.currency).items()
        }
    numbers = frozenset((*written.invoices, *written.references, *written.unnamed))
    return Searched(
        references=references,
        corrected={ref: slip for ref, slip in corrected.items() if ref not in references and ref not in valid},
        in_text=frozenset(one for each in valid for one in spellings(each, clue.currency)) - set(references),
        numbers=numbers,
        keys=frozenset(map(number_key, numbers)),
        customers=frozenset((*written.customers, *written.unnamed)),
        called=frozenset((*written.invoices, *written.customers)),
        names=name_keys(clue.payer_name or "") | names_in(clue.text or ""),
        account=clue.payer_account if (clue.payer_account or "").strip("0") else None,
    )


@dataclass(frozen=True, slots=True)
class WrittenNumbers:
    """The numbers in a text, by what it calls them."""

    references: tuple[str, ...]
    invoices: tuple[str, ...]
    customers: tuple[str, ...]
    unnamed: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "WrittenNumbers":
        """Read what a payer wrote; dates, years and amounts are no numbers of ours unless they are called so."""
        text = _DATE_OR_AMOUNT.sub(" ; ", " ".join(unicodedata.normalize("NFKC", text).split()))
        called: dict[str, dict[str, None]] = {"reference": {}, "invoice": {}, "customer": {}}
        for named in _CALLED.finditer(text):
            kind = next(kind for kind in called if named[kind])
            called[kind].update(dict.fromkeys(_spellings(named["number"], shortest=1)))
        for international in _RF.finditer(text):
            groups = _groups(international[1])  # how many of them are its own is not known
            called["reference"].update((f"RF{''.join(groups[:end])}", None) for end in range(len(groups), 0, -1))
        rest = _RF.sub(" ; ", _CALLED.sub(" ; ", text))
        unnamed = [spelling for token in _TOKEN.findall(rest) for spelling in _spellings(token, _SHORTEST_NUMBER)]
        unnamed += [joined for grouped in _GROUPED.findall(rest) for joined in _joined(grouped)]
        rest_numbers = dict.fromkeys(number for number in unnamed if not _YEAR.fullmatch(number))
        bounded = [tuple(numbers)[:_MOST_NUMBERS] for numbers in (*called.values(), rest_numbers)]
        return cls(*bounded)


def _spellings(token: str, shortest: int) -> list[str]:
    """A token as it may be stored: whole, in capitals, without blanks or a word in front, and its parts."""
    token = token.strip(".:#=-/!?'*")
    whole = [token, token.upper(), re.sub(r"[ .]", "", token), re.sub(r"^[^\W\d_]+[.:#=-]*(?=\d)", "", token)]
    spellings = dict.fromkeys((*whole, *re.split(r"[/ .-]", token)))
    return [s for s in spellings if len(s) >= shortest and any(map(str.isdecimal, s))]


def _joined(grouped: str) -> list[str]:
    """Every run of two and more groups, written together: which of them make a reference is not known."""
    groups = _groups(grouped)
    runs = [(start, end) for start in range(len(groups)) for end in range(start + 2, len(groups) + 1)]
    return ["".join(groups[start:end]) for start, end in sorted(runs, key=lambda run: run[0] - run[1])]


def _groups(grouped: str) -> list[str]:
    return re.split(r"[ .]", grouped)[:8]


def number_key(number: str) -> str:
    """An invoice number as people copy it: in capitals, without dashes, blanks and the zeros before a group of digits."""
    return "".join(filter(str.isalnum, re.sub(r"(?<!\d)0+(?=\d)", "", number.upper())))
