"""What an import would take in, as the JSON that machines read."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.incoming import IncomingCreditNote
from domain.money.amount import to_cents

_LONGEST_RAW_TEXT = 200


def import_report(read: Iterable[ReadInvoice]) -> dict[str, Any]:
    """Counts and entries of the invoices and credit notes read; what is unknown is None.

    Of a rejected one it tells what the file says where that can be read as a date, an amount or a text.
    """
    invoices = [_entry(invoice) for invoice in read]
    accepted = sum(invoice["status"] == "accepted" for invoice in invoices)
    return {"accepted": accepted, "rejected": len(invoices) - accepted, "invoices": invoices}


def _entry(read: ReadInvoice) -> dict[str, Any]:
    return {
        "file": read.file,
        "kind": read.kind,
        "number": _text(read.number),
        "status": "accepted" if read.model else "rejected",
        "reason": _where_and_why(read),
        "warnings": list(read.warnings),
        **_facts(read),
    }


def _where_and_why(read: ReadInvoice) -> str | None:
    if read.reason is None:
        return None
    return read.reason if read.place == "/" else f"{read.place}: {read.reason}"


def _facts(read: ReadInvoice) -> dict[str, Any]:
    raw = read.raw
    if read.model is None or isinstance(read.model, IncomingCreditNote):
        note = read.model
        return {
            "issue_date": note.issue_date.isoformat() if note else _day(raw.get("issue_date")),
            "due_date": None if note else _day(raw.get("due_date")),
            "amount": str(note.amount) if note else _amount(raw.get("amount")),
            "currency": note.currency if note else _text(raw.get("currency")),
            "reference": _text(raw.get("reference")),
            "reference_scheme": None,
            "reference_valid": None,
            "debtor": _raw_debtor(raw),
        }
    invoice, debtor = read.model, read.model.debtor
    return {
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "amount": str(invoice.amount),
        "currency": invoice.currency,
        "reference": invoice.reference,
        "reference_scheme": invoice.reference_scheme,
        "reference_valid": invoice.reference_valid,
        "debtor": {
            "name": debtor.name,
            "email": debtor.email_address,
            "phone": debtor.phone_number,
            "country": debtor.country,
        },
    }


def _raw_debtor(raw: Mapping[str, Any]) -> dict[str, str | None]:
    debtor = raw.get("debtor")
    given = debtor if isinstance(debtor, dict) else {}
    return {name: _text(given.get(name)) for name in ("name", "email", "phone", "country")}


def _text(given: object) -> str | None:
    """A given text or number fit to print: no control characters, no half characters, not endless."""
    if not isinstance(given, str | int | Decimal) or given == "":
        return None
    return "".join(sign if sign.isprintable() else "?" for sign in str(given)[:_LONGEST_RAW_TEXT])


def _day(given: object) -> str | None:
    try:
        return date.fromisoformat(str(given)).isoformat()
    except ValueError:
        return None


def _amount(given: object) -> str | None:
    try:
        amount = Decimal(str(given))
        return str(to_cents(amount)) if amount.is_finite() else None
    except InvalidOperation:
        return None
