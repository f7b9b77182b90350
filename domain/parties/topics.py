"""What a contact is about: what it means where words can tell, else the commonest other things that people write of."""

import re
from enum import StrEnum

from domain.parties.replies import GREETING, SIGNATURE, Meaning


class Other(StrEnum):
    """What a contact may be about that says nothing of the claim itself."""

    HOW_TO_PAY = "how to pay"
    INVOICE = "the invoice"
    ADDRESS = "address"
    CONTRACT = "contract"
    COMPLAINT = "complaint"
    THANKS = "thanks"  # and nothing beside them
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
_THANKS = re.compile(r"takk|takker|tusen|thanks|thank|thx|ok|okay|okei|greit|flott|supert|topp|perfekt|great|perfect")
_BESIDE_THANKS = re.compile(
    r"hei|hi|hello|så|mye|mange|hjertelig|skal|du|dere|ha|deg|for|til|det|den|er|svar|svaret|hjelp|hjelpen|beskjed|beskjeden"
    r"|info|informasjonen|raskt|rask|grei|bra|fint|en|fin|god|dag|helg|kveld|igjen|og"
    r"|so|many|you|very|much|the|your|a|reply|answer|quick|help|and|have|nice|good|day|weekend|all|again"
)


def topic_of(words: str, meaning: Meaning | None) -> str | None:
    """What a contact is about; None where only a person can tell."""
    plain = " ".join(words.split())
    if meaning is None and _only_thanks(words):
        return Other.THANKS
    return meaning or next((topic for topic, pattern in _PATTERNS if pattern.search(plain)), None)


def _only_thanks(words: str) -> bool:
    """Whether somebody thanks and asks for nothing: one word that is not known to be of that, and a person is asked."""
    lines = GREETING.split(words, maxsplit=1)[0].splitlines()
    said = " ".join(line for line in lines if not SIGNATURE.match(line)).lower()
    found = re.findall(r"\w+", said)
    thanks = [word for word in found if _THANKS.fullmatch(word)]
    return "?" not in said and bool(thanks) and all(word in thanks or _BESIDE_THANKS.fullmatch(word) for word in found)


def meaning_in(topic: str) -> Meaning | None:
    """What a contact of this topic says of the claim itself."""
    return Meaning(topic) if topic in tuple(Meaning) else None
