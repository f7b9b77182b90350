"""What a message may be about, and which of it stops reminders at once."""

from enum import StrEnum


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
