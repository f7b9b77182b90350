"""What an import would set off: how many of its invoices are past due, and what their debtors would get first."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.incoming import IncomingInvoice
from domain.invoices.past_due import is_past_due


@dataclass
class PastDue:
    """The invoices past due, and once it was rehearsed with the facts what would go out on the first day of all."""

    invoices: int = 0
    oldest: date | None = None
    first_day: date | None = None
    goes_out: Counter[str] = field(default_factory=Counter)  # "letter (reminder)" → how many

    def add(self, invoice: IncomingInvoice) -> None:
        """One more of them."""
        self.invoices += 1
        self.oldest = min(self.oldest or invoice.due_date, invoice.due_date)

    def would_go_out(self, day: date, what: str) -> None:
        """One message, task or hand-off that would go out on a day."""
        if self.first_day is None or day < self.first_day:
            self.first_day, self.goes_out = day, Counter()
        if day == self.first_day:
            self.goes_out[what] += 1

    def document(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "invoices": self.invoices,
            "oldest": self.oldest,
            "first_day": self.first_day,
            "goes_out": dict(self.goes_out),
        }

    def counted(self) -> str:
        """How many, for people."""
        return f"{self.invoices} past due, the oldest since {self.oldest}"

    def rehearsed(self) -> str:
        """The same, and what they would set off."""
        if self.first_day is None:
            return f"new invoices: {self.counted()}; nothing would go out within a week"
        going = ", ".join(f"{count} {what}" for what, count in sorted(self.goes_out.items()))
        return f"new invoices: {self.counted()}; on {self.first_day} would go out: {going}"


def past_due(batch: Iterable[ReadInvoice], now: datetime) -> list[IncomingInvoice]:
    """The invoices of a batch that should have been paid before today."""
    models = (read.model for read in batch)
    return [model for model in models if isinstance(model, IncomingInvoice) and is_past_due(model, now)]
