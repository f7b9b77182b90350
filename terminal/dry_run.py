"""What a real run of the same files would refuse and tell, as far as the files alone show it.

A number that comes twice with other content, and credit notes against their invoices, in whatever order they come. Of
each invoice a few facts stay in memory; what was imported before nobody knows here.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.crediting import not_booked, nothing_left
from domain.invoices.incoming import IncomingCreditNote, IncomingInvoice, one_spelling
from domain.invoices.once import InvoiceBefore, invoice_differs, note_differs

Key = tuple[str, str]  # creditor and number


class DryRun:
    """The invoices and credit notes of one run, each judged by those before it."""

    def __init__(self, creditor: str | None) -> None:
        self._creditor = creditor
        self._invoices: dict[Key, InvoiceBefore] = {}
        self._left: dict[Key, Decimal] = {}
        self._notes: dict[Key, tuple[Decimal, str]] = {}  # what was credited, and of which invoice
        self._early: list[ReadInvoice] = []

    def take(self, batch: Iterable[ReadInvoice]) -> list[ReadInvoice]:
        """What becomes of some more; credit notes whose invoices have not come wait for the rest."""
        judged = []
        for read in batch:
            if isinstance(read.model, IncomingCreditNote) and self._of(read.model) not in self._left:
                self._early.append(read)
            else:
                judged.append(self._judged(read))
        return judged

    def rest(self) -> list[ReadInvoice]:
        """What becomes of the credit notes that waited, once all was read."""
        return [self._judged(read) for read in self._early]

    def _judged(self, read: ReadInvoice) -> ReadInvoice:
        match read.model:
            case IncomingInvoice():
                return self._invoice(read, read.model)
            case IncomingCreditNote():
                return self._note(read, read.model)
        return read

    def _invoice(self, read: ReadInvoice, invoice: IncomingInvoice) -> ReadInvoice:
        key = self._key(invoice.creditor, invoice.number)
        if (before := self._invoices.get(key)) is not None:
            return _refused(read, invoice_differs(before, invoice))
        self._invoices[key] = InvoiceBefore.of(invoice)
        self._left[key] = invoice.amount
        return read

    def _note(self, read: ReadInvoice, note: IncomingCreditNote) -> ReadInvoice:
        key, left = self._key(note.creditor, note.number), self._left.get(self._of(note))
        if (before := self._notes.get(key)) is not None:
            return _refused(read, note_differs(note, *before, left or Decimal(0)))
        if left is None:
            self._notes[key] = note.amount, note.invoice_number
            return _warned(read, f"invoice {note.invoice_number} is not in these files: it must have come before")
        if refused := nothing_left(note, left):
            return _refused(read, refused)
        credited = min(note.amount, left)
        self._notes[key] = credited, note.invoice_number
        self._left[self._of(note)] = left - credited
        return _warned(read, not_booked(note, left))

    def _of(self, note: IncomingCreditNote) -> Key:
        return self._key(note.creditor, note.invoice_number)

    def _key(self, creditor: str | None, number: str) -> Key:
        return self._creditor or one_spelling(creditor or ""), number


def _refused(read: ReadInvoice, why: str | None) -> ReadInvoice:
    if why is None or read.model is None:
        return read
    return replace(read, model=None, reason=why, raw=read.model.model_dump())


def _warned(read: ReadInvoice, of: str | None) -> ReadInvoice:
    return replace(read, warnings=(*read.warnings, of)) if of else read
