"""Something that was said, as one debtor is taken to have said it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.parties.automatic_mail import Automatic
from domain.parties.mailed_files import MailedFile
from domain.parties.replies import Meaning
from domain.parties.speakers import DEBTOR, Asker


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, by which way, and what is known of who said it."""

    channel: str
    words: str
    meaning: Meaning | None
    sender: str | None = None  # the key of the address that it came from
    reached: str | None = None  # the address whose owner answers, where that is known
    case: int | None = None  # the one it is about, where that is known
    shared: bool = False  # somebody else of another name has the same address
    proven: bool = True  # who wrote has what only the debtor was sent; else it holds, and changes nothing
    delivery: UUID | None = None
    tied_by: str | None = None
    automatic: Automatic | None = None
    subject: str | None = None
    quoted: str | None = None
    html: str | None = None
    files: tuple[MailedFile, ...] = ()
    topic: str | None = None  # as a person says it; else what the words tell
    taken_by: str | None = None  # a person, who heard or read it
    said_by: Asker | None = None  # whoever stands in for the debtor, where not the debtor said it
    part: Decimal | None = None  # of the claim, which the debtor disagrees with; None: all of it
    lines: tuple[int, ...] = ()  # of the invoice, by position: those that it is about
    says_all: bool = False  # one of the page's own sentences and no words beside it: nobody need read it

    @property
    def by(self) -> str:
        """Whose words they are, as what they do is recorded."""
        return self.said_by or DEBTOR

    @property
    def needs_nobody(self) -> bool:
        """It says nothing that a person should look at, and no person wrote it, or one has read it."""
        unasked = self.automatic in (Automatic.OWN, Automatic.BOUNCE)
        return unasked or (self.meaning is None and bool(self.automatic or self.taken_by))
