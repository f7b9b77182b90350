"""How much of an invoice a credit note takes: all that is left of it at most, and what is more is told."""

from decimal import Decimal

from domain.invoices.incoming import IncomingCreditNote


def nothing_left(note: IncomingCreditNote, left: Decimal) -> str | None:
    """Why a credit note is refused where nothing of its invoice is left; None where something is."""
    if left > 0:
        return None
    return f"credit note {note.number}: invoice {note.invoice_number} is credited in full already"


def not_booked(note: IncomingCreditNote, left: Decimal) -> str | None:
    """What is told of a credit note over more than is left of its invoice; None where it is not."""
    if note.amount <= left:
        return None
    return (
        f"credit note {note.number} is over {note.amount}, invoice {note.invoice_number} over {left}: "
        f"it is credited in full, the other {note.amount - left} {note.currency} are not booked: "
        "pay them back, or credit another invoice with them"
    )
