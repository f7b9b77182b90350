"""Names and texts in the formats of Finnish banks: letters that stand where ASCII has brackets, or as DOS wrote them."""

from datetime import date
from decimal import Decimal

from domain.money.accounts import iban_of

_LETTERS = str.maketrans("[\\]{|}^~\x8e\x99\x8f\x84\x94\x86", "ÄÖÅäöåÜüÄÖÅäöå")


def as_finns_wrote(text: str) -> str:
    """A field of a record with its letters as they were meant and single blanks; these fields have no brackets of their own.

    Seven bits (SFS 4017) have Ä, Ö and Å in the places of brackets; code page 437 has them where ISO 8859-1 has no letters.
    """
    return " ".join(text.translate(_LETTERS).split())


def account_of(machine_form: str) -> str:
    """The IBAN of an account in the machine form of Finnish banks, 14 digits; other signs come back as they are."""
    return iban_of("FI", machine_form) if machine_form.isascii() and machine_form.isdecimal() else machine_form.strip()


def identity_of(account: str, booked: date, archive: str, reference: str | None, amount: Decimal) -> str:
    """What makes a reference payment itself, in whichever of the two files it stands: by the bank's archive number, of which
    KTL has the last 16 signs of TITO's 18.
    """
    return f"viite/{account}/{booked}/{archive.strip()[-16:]}/{reference}/{amount}".replace(" ", "")


def reference_of(field: str) -> str | None:
    """The reference of a field that is filled up with zeros or blanks; None where it has none."""
    return field.strip().lstrip("0") or None
