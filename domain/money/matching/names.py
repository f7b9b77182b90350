"""Names as they are compared: a payer's with a debtor's, and those in a text."""

import re
import unicodedata
from typing import Literal

Likeness = Literal["is", "initials", "family", "resembles"]
_MOST_WORDS = 12  # of a text, among which names are sought
# Letters of their own in one language that banks send as plain ones.
_SPELT_OUT = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})
_COMPANY_FORMS = frozenset(
    ["as", "asa", "ab", "oy", "oyj", "aps", "ans", "da", "enk", "nuf", "gmbh", "ag", "ltd", "inc"]
)
_WORD = re.compile(r"[^\W\d_]+")


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
