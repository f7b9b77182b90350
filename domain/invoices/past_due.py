"""Whether an invoice that comes in should have been paid before today: its case starts at once, where nobody may expect it."""

from datetime import datetime

from domain.invoices.incoming import IncomingInvoice
from domain.moment import moment_in


def is_past_due(invoice: IncomingInvoice, now: datetime) -> bool:
    """Whether its due date is over where the debtor lives, at a moment (UTC)."""
    return invoice.due_date < moment_in(invoice.debtor.country, now).day
