"""A mail that somebody sent us, as it is read: whatever it is made of, this is what can be in it."""

import re
from dataclasses import dataclass

from domain.parties.automatic_mail import Automatic
from domain.parties.mailed_files import MailedFile

# Enhanced status codes (RFC 3463) that say nothing of the address: for now, a full mailbox, the system, the road, the policy.
NOT_OF_THE_ADDRESS = re.compile(r"4\.|5\.2\.[23]|5\.[3467]\.")
SPAM_REPORT = "spamreport"  # by which word SendGrid tells that whoever got a mail called it spam


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report says of one address that a message did not reach (RFC 3464)."""

    address: str
    status: str  # an enhanced status code (RFC 3463), such as 5.1.1

    @property
    def nobody_is_there(self) -> bool:
        """Whether it says that nobody has the address."""
        return self.status.startswith("5.") and not NOT_OF_THE_ADDRESS.match(self.status)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. Addresses are bare and in small letters; `names` are all that may name a delivery of ours."""

    id: str
    """The same however often it comes."""
    sender: str
    names: tuple[str, ...]
    """Where it came to and what it answers: addresses and Message-IDs, the surest first."""
    message_id: str
    subject: str
    said: str
    quoted: str
    html: str | None
    """Its page, with nothing in it that runs, loads or tells."""
    automatic: Automatic | None
    bounces: tuple[Bounce, ...] = ()
    files: tuple[MailedFile, ...] = ()
