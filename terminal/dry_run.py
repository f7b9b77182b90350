"""What a real run of the same files would refuse and tell: as far as the files show it, and the database where there is one.

A number that comes again with other content, in these files or before them, and credit notes against their invoices, in
whatever order they come. Of each invoice a few facts stay in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.crediting import no_such_invoice, not_booked, nothing_left, other_currency
from domain.invoices.incoming import IncomingCreditNote, IncomingDebtor, IncomingInvoice, one_spelling
from domain.invoices.once import (
    Credited,
    InForce,
    InvoiceBefore,
    KnownDebtor,
    invoice_differs,
    note_differs,
    shared_number,
)
from domain.money.matching.names import called
from domain.parties.families import Families

Key = tuple[str, str]  # creditor and number


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of some invoices and credit notes."""

    owners: Sequence[str | None]  # of each, in their order; None where it is refused or no invoice
    refused: Sequence[str | None]  # why each is, whatever its number
    odd: Sequence[tuple[str, ...]]  # what is told of its account and its reference
    invoices: Mapping[Key, InvoiceBefore] = field(default_factory=dict)
    in_force: Mapping[Key, InForce] = field(default_factory=dict)
    notes: Mapping[Key, Credited] = field(default_factory=dict)
    debtors: Mapping[Key, list[KnownDebtor]] = field(default_factory=dict)  # by creditor and customer number


class DryRun:
    """The invoices and credit notes of one run, each judged by those before it."""

    def __init__(self, creditor: str | None) -> None:
        self._creditor = creditor
        self._invoices: dict[Key, InvoiceBefore] = {}
        self._in_force: dict[Key, InForce] = {}
        self._notes: dict[Key, Credited] = {}
        self._debtors: dict[Key, list[KnownDebtor]] = {}
        self._families: dict[str, Families] = {}
        self._early: list[tuple[ReadInvoice, IncomingCreditNote, str]] = []
        self._knows = False  # what came before, from the database

    def take(self, batch: Sequence[ReadInvoice], known: Known | None = None) -> list[ReadInvoice]:
        """What becomes of some more; credit notes whose invoices have not come wait for the rest."""
        if known is None:
            return self._taken((read, self._named_by(read), None, ()) for read in batch)
        self._knows = True
        for key, debtors in known.debtors.items():
            self._debtors.setdefault(key, list(debtors))
        self._invoices = {**known.invoices, **self._invoices}
        self._in_force = {**known.in_force, **self._in_force}
        self._notes = {**known.notes, **self._notes}
        return self._taken(zip(batch, known.owners, known.refused, known.odd, strict=True))

    def rest(self) -> list[ReadInvoice]:
        """What becomes of the credit notes that waited, once all was read."""
        return [self._note(read, note, owner) for read, note, owner in self._early]

    def _taken(self, batch: Iterable[tuple[ReadInvoice, str | None, str | None, tuple[str, ...]]]) -> list[ReadInvoice]:
        judged = []
        for read, owner, refused, odd in batch:
            match read.model:
                case None:
                    judged.append(read)
                case _ if refused:
                    judged.append(_refused(read, refused))
                case IncomingInvoice() as invoice:
                    taken = self._invoice(read, invoice, owner or "")
                    judged.append(_warned(taken, *odd) if taken.model else taken)
                case note if (owner or "", note.invoice_number) not in self._in_force:
                    self._early.append((read, note, owner or ""))
                case note:
                    judged.append(self._note(read, note, owner or ""))
        return judged

    def _invoice(self, read: ReadInvoice, invoice: IncomingInvoice, owner: str) -> ReadInvoice:
        key = owner, invoice.number
        if (before := self._invoices.get(key)) is not None:
            return _refused(read, invoice_differs(before, invoice))
        debtor = invoice.debtor
        family, parent = self._families.setdefault(owner, Families()), debtor.parent
        if why := family.joined(debtor.customer_number, parent.customer_number if parent else None):
            return _refused(read, why)
        self._invoices[key] = InvoiceBefore.of(invoice)
        self._in_force[key] = InForce(invoice.amount, invoice.currency)
        shares = self._shares_its_number(owner, invoice.debtor)
        return _warned(read, shared_number(invoice.debtor.customer_number)) if shares else read

    def _shares_its_number(self, owner: str, debtor: IncomingDebtor) -> bool:
        """Whether the customer number of a new invoice's debtor is another's, too."""
        if debtor.customer_number is None:
            return False
        same_number = self._debtors.setdefault((owner, debtor.customer_number), [])
        if not any(known.is_of(debtor) for known in same_number):
            same_number.append(KnownDebtor(frozenset({called(debtor.name)}), debtor.organisation_number))
        return len(same_number) > 1

    def _note(self, read: ReadInvoice, note: IncomingCreditNote, owner: str) -> ReadInvoice:
        key, of = (owner, note.number), (owner, note.invoice_number)
        invoice = self._in_force.get(of)
        if invoice is None and self._knows:
            return _refused(read, no_such_invoice(note))
        if invoice is not None and (refused := other_currency(note, invoice.currency)):
            return _refused(read, refused)
        left = invoice.amount if invoice else Decimal(0)
        if (before := self._notes.get(key)) is not None:
            return _refused(read, note_differs(note, before, left))
        if invoice is None:
            self._notes[key] = Credited(note.amount, note.invoice_number)
            return _warned(read, f"invoice {note.invoice_number} is not in these files: it must have come before")
        if refused := nothing_left(note, left):
            return _refused(read, refused)
        credited = min(note.amount, left)
        self._notes[key] = Credited(credited, note.invoice_number)
        self._in_force[of] = replace(invoice, amount=left - credited)
        return _warned(read, not_booked(note, left))

    def _named_by(self, read: ReadInvoice) -> str | None:
        """The creditor that a file names, where nobody knows its id."""
        return (self._creditor or one_spelling(read.model.creditor or "")) if read.model else None


def _refused(read: ReadInvoice, why: str | None) -> ReadInvoice:
    if why is None or read.model is None:
        return read
    return replace(read, model=None, reason=why, raw=read.model.model_dump())


def _warned(read: ReadInvoice, *of: str | None) -> ReadInvoice:
    return replace(read, warnings=(*read.warnings, *filter(None, of)))
