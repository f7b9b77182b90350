"""A number stands for one content: whether an invoice or a credit note that comes again is the one that came before."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from domain.invoices.incoming import IncomingCreditNote, IncomingDebtor, IncomingInvoice
from domain.money.accounts import is_one_of
from domain.money.matching.names import called


@dataclass(frozen=True, slots=True)
class InvoiceBefore:
    """What is known of an invoice that came before."""

    amount: Decimal
    currency: str
    issue_date: date
    due_date: date  # the one it came with
    due_now: date
    reference: str | None
    account: str | None
    lines: int  # see `lines_key`
    customer_number: str | None
    organisation_number: str | None
    known_as: Collection[str]

    @classmethod
    def of(cls, invoice: IncomingInvoice) -> Self:
        """An invoice that comes now, for those after it."""
        return cls(
            amount=invoice.amount,
            currency=invoice.currency,
            issue_date=invoice.issue_date,
            due_date=invoice.due_date,
            due_now=invoice.due_date,
            reference=invoice.reference,
            account=invoice.account,
            lines=lines_key((line.text, line.amount) for line in invoice.lines),
            customer_number=invoice.debtor.customer_number,
            organisation_number=invoice.debtor.organisation_number,
            known_as=(called(invoice.debtor.name),),
        )


@dataclass(frozen=True, slots=True)
class Credited:
    """What a credit note that came before has credited, and of which invoice."""

    amount: Decimal
    invoice: str


@dataclass(frozen=True, slots=True)
class InForce:
    """What an invoice is over: what was invoiced less what was credited."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class KnownDebtor:
    """One of those under a customer number, by what tells them apart."""

    known_as: frozenset[str]
    organisation_number: str | None

    def is_of(self, debtor: IncomingDebtor) -> bool:
        """Whether an import takes them for the same."""
        by_number = debtor.organisation_number is not None and debtor.organisation_number == self.organisation_number
        return by_number or called(debtor.name) in self.known_as


def shared_number(customer_number: str | None) -> str:
    """What is told of an invoice whose customer number other debtors have, too."""
    return f"customer number {customer_number} has more than one name: each is a debtor of its own"


def lines_key(lines: Iterable[tuple[str, Decimal]]) -> int:
    """Invoice lines as they are compared."""
    return hash(tuple(lines))


def invoice_differs(before: InvoiceBefore, invoice: IncomingInvoice) -> str | None:
    """Why an invoice is another than the one that came before under its number; None where it is the same."""
    if not _of_the_same(before, invoice.debtor):
        return f"invoice {invoice.number} came before for another customer: each invoice has its own number"
    same = before.amount == invoice.amount and before.currency == invoice.currency
    if not same or invoice.due_date not in (before.due_now, before.due_date):
        return (
            f"invoice {invoice.number} came before with {before.amount} {before.currency}, due {before.due_date}: "
            "send a credit note or a change of due date instead"
        )
    otherwise = {
        "issue_date": before.issue_date != invoice.issue_date,
        "reference": before.reference != invoice.reference,
        "account": invoice.account is not None and not is_one_of(invoice.account, (before.account or "",)),
        "lines": before.lines != lines_key((line.text, line.amount) for line in invoice.lines),
    }
    if differs := [name for name, other in otherwise.items() if other]:
        return f"invoice {invoice.number} came before with another {', '.join(differs)}: nothing is changed"
    return None


def note_differs(note: IncomingCreditNote, before: Credited, left: Decimal) -> str | None:
    """Why a credit note is another than the one that came before under its number; None where it is the same.

    One that was larger than its invoice left nothing of it.
    """
    same = before.amount == note.amount or (before.amount < note.amount and left <= 0)
    if before.invoice == note.invoice_number and same:
        return None
    return (
        f"credit note {note.number} came before with {before.amount} {note.currency} for invoice {before.invoice}: "
        "each credit note has its own number"
    )


def _of_the_same(before: InvoiceBefore, debtor: IncomingDebtor) -> bool:
    """Whether a known invoice's debtor is the one that is given now."""
    if before.customer_number and debtor.customer_number and before.customer_number != debtor.customer_number:
        return False
    if before.organisation_number and debtor.organisation_number:
        return before.organisation_number == debtor.organisation_number
    return called(debtor.name) in before.known_as
