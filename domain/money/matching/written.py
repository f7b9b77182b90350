"""What a payer wrote: the numbers in a text, by what it calls them, and names as they are compared."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Likeness = Literal["is", "initials", "family", "resembles"]

_MOST_NUMBERS = 40
_MOST_WORDS = 12  # of a text, among which names are sought
_SHORTEST_NUMBER = 4  # in the text, unless it is called an invoice or customer number there
SHORTEST_REFERENCE = 9  # in the text, unless it is called one there: a phone number has 8 digits

# Letters of their own in one language that banks send as plain ones.
_SPELT_OUT = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})
_COMPANY_FORMS = frozenset(
    ["as", "asa", "ab", "oy", "oyj", "aps", "ans", "da", "enk", "nuf", "gmbh", "ag", "ltd", "inc"]
)
_WORD = re.compile(r"[^\W\d_]+")
_CALLED = re.compile(
    r"(?<![^\W\d_])(?:(?P<reference>kid|ocr|ref(?:erence|eranse|erens)?)"
    r"|(?P<invoice>faktura|fakt|fnr|invoice|inv|rechnung|lasku)|(?P<customer>kunden?|knr|customer|cust|asiakas))"
    r"[\s._-]*(?:nummer|number|numero|nr|no)?[\s.:#=]*"
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


# --- numbers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """The numbers in a text, by what it calls them."""

    references: tuple[str, ...]
    invoices: tuple[str, ...]
    customers: tuple[str, ...]
    unnamed: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Written":
        """Read what a payer wrote; dates, years and amounts are no numbers of ours unless they are called so."""
        text = _DATE_OR_AMOUNT.sub(" ; ", " ".join(unicodedata.normalize("NFKC", text).split()))
        called: dict[str, dict[str, None]] = {"reference": {}, "invoice": {}, "customer": {}}
        for named in _CALLED.finditer(text):
            kind = next(kind for kind in called if named[kind])
            called[kind].update(dict.fromkeys(_spellings(named["number"], shortest=1)))
        rest = _CALLED.sub(" ; ", text)
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
    groups = re.split(r"[ .]", grouped)[:8]
    runs = [(start, end) for start in range(len(groups)) for end in range(start + 2, len(groups) + 1)]
    return ["".join(groups[start:end]) for start, end in sorted(runs, key=lambda run: run[0] - run[1])]


def number_key(number: str) -> str:
    """An invoice number as people copy it: in capitals, without dashes, blanks and the zeros before a group of digits."""
    return "".join(filter(str.isalnum, re.sub(r"(?<!\d)0+(?=\d)", "", number.upper())))


# --- names --------------------------------------------------------------------------------------------------------


def name_key(name: str) -> str:
    """A name as it is compared: lower case, without marks and punctuation, its words in alphabetical order."""
    return " ".join(sorted(words(name)))


def called(name: str) -> str:
    """A name as debtors are told apart by it: as payments compare it, but numbers count, and what has no letters is kept."""
    numbers = re.findall(r"\d+", name)
    return " ".join([name_key(name), *numbers]).strip() or name.casefold()


def words(name: str) -> list[str]:
    """The words of a name or text as they are compared, in their order."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_SPELT_OUT))
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def name_keys(name: str) -> frozenset[str]:
    """The keys by which a payer may be stored: in full, first and last name, with and without the company's form."""
    found = words(name)
    bare = [word for word in found if word not in _COMPANY_FORMS]
    kept = [found, bare, [*bare, "as"], [bare[0], bare[-1]] if len(bare) > 2 else bare]
    return frozenset(" ".join(sorted(some)) for some in kept if bare)


def names_in(text: str) -> frozenset[str]:
    """The keys of what may be names in a text: every two or three words that stand together."""
    found = words(text)[:_MOST_WORDS]
    runs = (found[start : start + length] for length in (2, 3) for start in range(len(found) - length + 1))
    return frozenset(" ".join(sorted(run)) for run in runs)


def is_in(text: str, name: str) -> bool:
    """Whether a text has all words of a name, which must be two or more to say who is meant."""
    wanted = set(words(name))
    return len(wanted) > 1 and wanted <= set(words(text))


def likeness(payer: str, debtor: str) -> Likeness | None:
    """How like two names are: the same words, or two of them and more with nothing against it on one side; the same
    family name with initials that agree, or with another first name; or any word that both have.
    """
    one, other = (frozenset(words(name)) for name in (payer, debtor))
    one, other = one - _COMPANY_FORMS or one, other - _COMPANY_FORMS or other
    common = one & other
    if common and (one == other or (len(common) > 1 and common in (one, other))):
        return "is"
    if family_name(debtor) in common:
        rest, theirs = one - common, other - common
        if rest and all(len(word) == 1 for word in rest) and rest <= {word[0] for word in theirs}:
            return "initials"
        return "family"
    return "resembles" if any(len(word) > 1 for word in common) else None


def family_name(name: str) -> str | None:
    """The family name of a person, the last word or what stands before a comma; None for a company."""
    before, comma, _ = name.partition(",")
    found = words(before if comma else name)
    return found[-1] if len(words(name)) > 1 and not _COMPANY_FORMS.intersection(words(name)) else None
