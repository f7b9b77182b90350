"""What a message may be about, which of it stops reminders at once, and a message as it was sorted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.parties.replies import Meaning


class MessageClass(StrEnum):
    """What somebody writes; a message may be of several, or of none that is known."""

    PAID = "paid"  # all or a part of it
    PROMISE = "promise"  # will pay, with or without a day
    WANTS_TIME = "wants_time"  # later, and all of it
    WANTS_PLAN = "wants_plan"  # in parts
    DISPUTE_WHOLE = "dispute_whole"  # nothing of it is owed, or not until something is put right
    DISPUTE_PART = "dispute_part"  # a sum, a line, a fee
    NOT_ME = "not_me"  # the sender is not who is sought
    MOVED = "moved"  # another address, of letters or of mail
    DEATH = "death"  # of the debtor
    INSOLVENCY = "insolvency"  # bankruptcy or debt settlement of the debtor, now
    GUARDIAN_OR_ADVISER = "guardian_or_adviser"  # somebody acts for the debtor: guardian, lawyer, adviser
    MINOR = "minor"  # the debtor is under age
    AUTHORITY_COMPLAINT = "authority_complaint"  # an authority or a board has been asked
    DATA_REQUEST = "data_request"  # access, erasure, correction
    DANGER = "danger"  # to life or health: a person at once
    STOP_CONTACT = "stop_contact"  # in this way, or at all
    QUESTION = "question"
    THANKS = "thanks"
    OTHER = "other"  # nothing of the claim; also what is not understood


STOPS = frozenset(
    {
        MessageClass.DISPUTE_WHOLE,
        MessageClass.DISPUTE_PART,
        MessageClass.NOT_ME,
        MessageClass.DEATH,
        MessageClass.INSOLVENCY,
        MessageClass.GUARDIAN_OR_ADVISER,
        MessageClass.MINOR,
        MessageClass.AUTHORITY_COMPLAINT,
        MessageClass.DANGER,
    }
)
"""What holds reminders at once, and a person looks; all else is a draft that a person confirms."""

OF_THE_PERSON: Final = STOPS - {MessageClass.DISPUTE_WHOLE, MessageClass.DISPUTE_PART, MessageClass.AUTHORITY_COMPLAINT}
"""What concerns all of a debtor's invoices, whichever of them is named."""
URGENT_FROM: Final = 0.25
"""How probable a danger must be that a person looks at before all else. Low: a look too many costs a minute."""
STOP_SAYS: Final[Mapping[MessageClass, str]] = {
    MessageClass.DISPUTE_WHOLE: Meaning.DISAGREES,
    MessageClass.DISPUTE_PART: Meaning.DISAGREES,
    MessageClass.NOT_ME: Meaning.NOT_ME,
    MessageClass.DEATH: Meaning.DIED,
    MessageClass.INSOLVENCY: Meaning.INSOLVENT,
    MessageClass.GUARDIAN_OR_ADVISER: "represented",
    MessageClass.MINOR: "minor",
    MessageClass.AUTHORITY_COMPLAINT: "complained",
    MessageClass.DANGER: Meaning.IN_DANGER,
}
"""What somebody seems to say by each, in the words that holds and lists have for it."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a message seems to be about, the likeliest first, and whether reminders must be held until a person has looked.

    `quotes` has of each class the sentence which says it clearest, as it stands in the message.
    """

    classes: tuple[tuple[MessageClass, float], ...]
    stop: bool
    quotes: Mapping[MessageClass, str] = field(default_factory=dict)

    @property
    def stop_for(self) -> MessageClass | None:
        """The likeliest of what stops reminders; None where nothing does."""
        return next((kind for kind, _ in self.classes if kind in STOPS), None) if self.stop else None

    @property
    def urgent(self) -> bool:
        """Whether life or health may be in danger."""
        return any(kind is MessageClass.DANGER and chance >= URGENT_FROM for kind, chance in self.classes)
