"""What a contact is about: what it means where words can tell, else the commonest other things that people write of."""

import re
from enum import StrEnum

from domain.parties.replies import Meaning


class Other(StrEnum):
    """What a contact may be about that says nothing of the claim itself."""

    HOW_TO_PAY = "how to pay"
    INVOICE = "the invoice"
    ADDRESS = "address"
    CONTRACT = "contract"
    COMPLAINT = "complaint"
    SOMETHING_ELSE = "something else"


TOPICS: tuple[str, ...] = (*map(str, Meaning), *map(str, Other))
# The first that is found counts, and it only sorts: nothing is decided by it.
_WORDS: tuple[tuple[Other, str], ...] = (
    (
        Other.ADDRESS,
        r"(nye?|feil|endre|endret) (e-?post|mail)-?adresse|(new|wrong) e-?mail|nytt (telefon|mobil)?nummer|new (phone )?number",
    ),
    (Other.CONTRACT, r"\bsi opp\b|oppsigelse|sagt opp|avslutte|\bcancel|terminate"),
    (Other.INVOICE, r"kopi|ikke (fått|mottatt) (noen |en )?(faktura|regning)|\bcopy\b|(not|never) (received|got)"),
    (
        Other.HOW_TO_PAY,
        r"\bkid\b|kontonummer|kontonr|hvordan .{0,20}betal|avtalegiro|efaktura|how (do|can) i pay|account number",
    ),
    (Other.COMPLAINT, r"skuffet|dårlig service|uakseptabelt|elendig|disappointed|unacceptable|complain"),
)
_PATTERNS = tuple((topic, re.compile(words, re.IGNORECASE)) for topic, words in _WORDS)


def topic_of(words: str, meaning: Meaning | None) -> str | None:
    """What a contact is about; None where only a person can tell."""
    plain = " ".join(words.split())
    return meaning or next((topic for topic, pattern in _PATTERNS if pattern.search(plain)), None)


def meaning_in(topic: str) -> Meaning | None:
    """What a contact of this topic says of the claim itself."""
    return Meaning(topic) if topic in tuple(Meaning) else None
