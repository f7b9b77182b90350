"""Reads bank files, whatever their names: what a file is, its content tells.

A file is read twice: once to see what it is and whether it can be trusted, once for its payments. Neither keeps
them, so that a file of any length is read in little memory; both give the same payments in the same order.
"""

import codecs
import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from connectors.bank_files import autogiro, bgmax, ktl, ocr_giro, order_status, tito
from connectors.bank_files.bank_file import BankFile, BankFileFormat, BankPayment, Findings
from connectors.bank_files.camt import message, parse
from connectors.windows_text import as_windows_wrote

_FIRST_BYTES = 4096
_READERS: dict[BankFileFormat, Callable[[Path, Findings], Iterator[BankPayment]]] = {
    "ocr-giro": ocr_giro.read,
    "bgmax": bgmax.read,
    "camt.053": parse.read,
    "camt.054": parse.read,
    "ktl": ktl.read,
    "tito": tito.read,
    "pain.002": order_status.read,
    "autogiro": autogiro.read,
}
_UNKNOWN = (
    "is no bank file of a known format: OCR giro starts with NY000010, BgMax with 01BGMAX,"
    " KTL with 0 and its day, TITO with T00, a payment specification of Autogiro with 01AUTOGIRO,"
    " camt.053, camt.054 and pain.002 are XML of ISO 20022"
)


def examine(path: Path) -> BankFile:
    """The file as a whole, read through and held against its own counts and sums; OSError if unreadable."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    written_in, why = _format_of(path)
    if written_in is None:
        return BankFile(str(path), None, sha256, 0, {}, [why])
    findings = Findings()
    transactions = 0
    totals: dict[str, Decimal] = {}
    for payment in _READERS[written_in](path, findings):
        transactions += 1
        totals[payment.currency] = totals.get(payment.currency, Decimal("0.00")) + payment.amount
    return BankFile(
        str(path),
        written_in,
        sha256,
        transactions,
        totals,
        findings.flags,
        findings.imported_through,
        tuple(sorted(findings.accounts)),
        findings.mandates,
        findings.notes,
        tuple(sorted(findings.mandate_accounts)),
        tuple(findings.orders),
        tuple(findings.refused),
        tuple(findings.lump_sums),
        tuple(findings.deposits),
    )


def payments(path: Path) -> Iterator[BankPayment]:
    """The payments of the file in its order, those of a bad file too, none where its format is not known."""
    written_in, _ = _format_of(path)
    if written_in:
        yield from map(_readable, _READERS[written_in](path, Findings()))


def _readable(payment: BankPayment) -> BankPayment:
    """A payment with its words as they were meant; it is the same payment, whoever read it before."""
    text, name = payment.text or "", payment.payer_name or ""
    if text.isascii() and name.isascii():
        return payment
    return payment._replace(text=as_windows_wrote(text) or None, payer_name=as_windows_wrote(name) or None)


def _format_of(path: Path) -> tuple[BankFileFormat | None, str]:
    """The format, or why there is none."""
    with path.open("rb") as file:
        first = file.read(_FIRST_BYTES)
    start = first.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\x1a\x00")
    if not start:
        return None, "is empty"
    if ocr_giro.STARTS.match(start):
        return "ocr-giro", ""
    if bgmax.STARTS.match(start):
        return "bgmax", ""
    if autogiro.STARTS.match(start):
        return "autogiro", ""
    if ktl.STARTS.match(start):
        return "ktl", ""
    if tito.STARTS.match(start):
        return "tito", ""
    if start.startswith((b"<", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        told = message.message_of(path)
        return (None, told) if isinstance(told, str) else (told.format, "")
    return None, _UNKNOWN
