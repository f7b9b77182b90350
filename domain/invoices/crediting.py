"""Which invoice a credit note lowers, and how much it takes of it: all that is left at most, and what is more is told."""

from decimal import Decimal

from domain.invoices.incoming import IncomingCreditNote


def other_currency(note: IncomingCreditNote, currency: str) -> str | None:
    """Why a credit note is refused where its invoice is in another currency; None where it is not."""
    if note.currency == currency:
        return None
    return f"credit note {note.number} is in {note.currency}, invoice {note.invoice_number} in {currency}"


def nothing_left(note: IncomingCreditNote, left: Decimal) -> str | None:
    """Why a credit note is refused where nothing of its invoice is left; None where something is."""
    if left > 0:
        return None
    return f"credit note {note.number}: invoice {note.invoice_number} is credited in full already"


def no_such_invoice(note: IncomingCreditNote) -> str:
    """Why a credit note is refused whose invoice has not come."""
    return f"credit note {note.number}: no invoice {note.invoice_number}; import the invoice first"


def not_booked(note: IncomingCreditNote, left: Decimal) -> str | None:
    """What is told of a credit note over more than is left of its invoice; None where it is not."""
    if note.amount <= left:
        return None
    return (
        f"credit note {note.number} is over {note.amount}, invoice {note.invoice_number} over {left}: "
        f"it is credited in full, the other {note.amount - left} {note.currency} are not booked"
    )
