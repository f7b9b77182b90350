"""What of a case each of the desk sees on its page: who works for somebody else sees what their work needs, and no more."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from domain.desk.roles import Role


class Part(StrEnum):
    """What there is to see of a case besides the claim itself: what is owed, what was sent, booked and decided."""

    LIFE = "what is known of the debtor's life, and who stands in"
    ADDRESS = "where the debtor lives"
    CONTACTS = "every way to reach the debtor, and how well it works"
    PHONE = "the numbers to call"
    REPLIES = "what the debtor wrote, and what was answered"
    NOTES = "why staff did what they did, and who of them it was"
    WORDS = "the words of messages"
    DECISIONS = "all that was decided, not what follows the claim alone"
    NEXT = "what comes next"
    OFFERS = "what can be offered"
    WORTH = "what the customer is worth"
    WORK = "open tasks, disputes in words, mandates"
    OTHERS = "the debtor's other invoices"
    PRESENCE = "who else is looking"


ALL: Final = frozenset(Part)
PARTS: Final[Mapping[Role, frozenset[Part]]] = {
    Role.AGENT: ALL,
    Role.SUPERVISOR: ALL,
    Role.CREDIT_MANAGER: ALL,
    Role.AUDITOR: ALL - {Part.PRESENCE},
    # What goes with the case in its dossier: see `domain.dossier`.
    Role.COLLECTION_PARTNER: frozenset({Part.ADDRESS, Part.WORDS}),
    # Somebody is on the telephone: what they are asked there, and nothing that the debtor told somebody else.
    Role.CALL_AGENCY: frozenset({Part.PHONE, Part.NEXT, Part.OFFERS}),
}


def parts_of(roles: Iterable[Role]) -> frozenset[Part]:
    """All that somebody of these roles sees."""
    return frozenset[Part]().union(*(PARTS[role] for role in roles))
