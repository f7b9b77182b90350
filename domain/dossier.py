"""A case's dossier: who may see what of it, and names of files that are safe wherever they are unpacked. Least is shown."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Recipient(StrEnum):
    """Who a dossier is for."""

    PARTNER = "partner"
    BOARD = "board"
    COURT = "court"
    VAT = "vat"


class Part(StrEnum):
    """What a dossier may have."""

    DOCUMENTS = "the invoice as it was made out"
    LEDGER = "every booking"
    MESSAGES = "each message with its day"
    WORDS = "the words that were sent"
    PROOFS = "what providers told of each message"
    DECISIONS = "what was decided about the case"
    REASONS = "why it was decided"
    ADDRESS = "where the debtor lives"
    REPLIES = "what the debtor wrote about the claim"


_ALWAYS = {Part.DOCUMENTS, Part.LEDGER, Part.MESSAGES, Part.DECISIONS}
SHOWN: Mapping[Recipient, frozenset[Part]] = {
    # Goes on with the case: it reaches the debtor, and needs no word of what the debtor told the creditor.
    Recipient.PARTNER: frozenset(_ALWAYS | {Part.WORDS, Part.PROOFS, Part.REASONS, Part.ADDRESS}),
    # Judges between both: all that was said of the claim, and the debtor is there already.
    Recipient.BOARD: frozenset(_ALWAYS | {Part.WORDS, Part.PROOFS, Part.REASONS, Part.REPLIES}),
    Recipient.COURT: frozenset(_ALWAYS | {Part.WORDS, Part.PROOFS, Part.REASONS, Part.REPLIES, Part.ADDRESS}),
    # Asks whether the money was earned, asked for and lost: nobody's words are needed for that.
    Recipient.VAT: frozenset(_ALWAYS),
}
FOR: Mapping[Recipient, str] = {
    Recipient.PARTNER: "the collection partner",
    Recipient.BOARD: "the complaint board",
    Recipient.COURT: "the court",
    Recipient.VAT: "value-added tax relief",
}
OF_OTHER_CASES = frozenset({"statement", "credit-used"})
"""Messages that tell of a debtor's other invoices, whichever they are about."""
OF_A_LIFE = frozenset({"deceased", "minor"})
"""Reasons that tell of the debtor and not of the claim."""
NEVER = (
    "What is known of the debtor's life and health, other cases, who stands in for the debtor, notes, and who of the creditor's "
    "people decided is in no dossier."
)
LONGEST_NAME = 40
SHORTEST = 4  # letters of a number that is looked for in words
_EXTENSIONS: Mapping[str | None, str] = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
_PAGE_LINK = re.compile(r"/i/[\w-]{39}")


def why_left_out(
    *,
    joint: bool,
    message: str,
    addressee: str | None,
    on_paper: bool,
    protected: bool,
    words: str,
    others: Sequence[str],
) -> str | None:
    """Why the words of a message are in no dossier, whoever it is for; None where they may be.

    `others` are the numbers and references of the debtor's other invoices; a very short one is a number like any other.
    """
    if addressee is not None:
        return "it went to somebody who stands in for the debtor"
    if joint or message in OF_OTHER_CASES or any(_names(words, other) for other in others if len(other) >= SHORTEST):
        return "it is about other invoices too"
    if protected and on_paper:
        return "the debtor's address is protected"
    return None


def without_links(words: str) -> str:
    """Words as sent, but for what opens the debtor's own page."""
    return _PAGE_LINK.sub("/i/…", words)


def file_name(number: int, *words: str, extension: str) -> str:
    """A name that is the same everywhere and leads nowhere: plain letters, a number that orders it, a known extension."""
    return f"{number:03}-{plain(*words)}.{extension}"


def plain(*words: str) -> str:
    """Words as a part of a file's name: small letters and digits alone, and not too many."""
    letters = unicodedata.normalize("NFKD", "-".join(words)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST_NAME].strip("-") or "file"


def extension_of(media_type: str | None) -> str | None:
    """The extension of a file that may be in a dossier, by what its content is; None for all else."""
    return _EXTENSIONS.get(media_type)


def _names(words: str, other: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(other)}(?![\w-])", words) is not None
