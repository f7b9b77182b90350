"""Booking payments in the facts: of bank files, and by hand on a named invoice."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from activities.bank_files import book_file
from connectors.bank_files.bank_file import BankFile, BankPayment
from domain.money import sources
from facts import clock
from facts.database import Database
from facts.money.payments import Booked, Payment, book
from terminal import output
from terminal.cases import resolve
from terminal.connection import local_day, parts, run, transaction
from terminal.output import Refusal


def book_all(files: Iterable[BankFile], *, through: date | None, accepted_by: str | None) -> int:
    """Book the files and answer with what became of each payment; 1 when a person must look at something."""
    return run(_book_all(files, through, accepted_by))


async def _book_all(files: Iterable[BankFile], through: date | None, accepted_by: str | None) -> int:
    done, words = [], []
    async with parts() as here:
        for file in files:
            done.append(await _book_file(here.database, file, through, accepted_by))
            words += _words(file, done[-1])
    output.answer({"files": done}, "\n".join(words) or "no files", done)
    return 1 if any(each["flags"] or each["review"] for each in done) else 0


def _words(file: BankFile, became: dict[str, Any]) -> list[str]:
    counts = f"{became['booked']} booked, {became['known']} known, {became['review']} unmatched"
    words = [f"{file.file}: {counts}, total {file.total_in_words}"]
    words += [f"  flag: {flag}" for flag in became["flags"]]
    words += [
        f"  unmatched {one['reference'] or 'without reference'}: {one['why']} (number {one['number']})"
        for one in became["unmatched"]
    ]
    if became["waits"]:
        words.append("  nothing booked: look at the flags, then repeat with --accept-flagged --by NAME")
    elif became["left_out"]:
        words.append(f"  {became['left_out']} left out: put right what is flagged, then repeat")
    return words


async def _book_file(
    database: Database, file: BankFile, through: date | None, accepted_by: str | None
) -> dict[str, Any]:
    """Book a file; gives what became of it, with each payment that waits for a person."""
    result: dict[str, Any] = {
        "file": file.file,
        "format": file.format,
        "transactions": file.transactions,
        "total": file.total,
        "totals": file.totals,
        "flags": file.flags,
        "booked": 0,
        "known": 0,
        "review": 0,
        "unmatched": [],
        "left_out": 0,
        "waits": True,
        "imported_through": {},
    }
    if file.sha256 is None:  # it cannot be read
        return result
    with output.progress() as progress:
        bar = progress.add_task(file.file, total=file.transactions)

        def in_review(payment: BankPayment, booked: Booked) -> None:
            told = {"number": booked.number, "reference": payment.reference, "amount": payment.amount}
            result["unmatched"].append(told | {"why": booked.why})

        booked = await book_file(
            database,
            file,
            accepted_by=accepted_by,
            through=through,
            progress=lambda position: progress.update(bar, completed=position),
            in_review=in_review,
        )
    for name in ("flags", "booked", "known", "review", "left_out", "waits", "imported_through"):
        result[name] = getattr(booked, name)
    return result


def book_by_hand(invoice: str, amount: Decimal, on: date | None, payment_id: str) -> int:
    """Book one payment on a named invoice and say what is left."""
    return run(_book_by_hand(invoice, amount, on, payment_id))


async def _book_by_hand(invoice: str, amount: Decimal, on: date | None, payment_id: str) -> int:
    async with transaction() as (connection, now):
        case = await resolve(connection, invoice)
        now = await clock.now(connection, case.creditor)
        payment = Payment(
            creditor=case.creditor,
            source=sources.BY_HAND,
            source_id=payment_id,
            amount=amount,
            currency=case.currency,
            booked_on=on or local_day(now),
            number=case.invoice,
        )
        booked = await book(connection, payment, now)
        if booked.status == "unmatched":
            raise Refusal(f"not booked: {booked.why}")
    who = f"{case.creditor}/{case.invoice}"
    left = case.balance if booked.balance is None else booked.balance
    said = "known from before, nothing changed" if booked.status == "known" else f"{amount} {case.currency} booked"
    document = {"invoice": who, "status": booked.status, "amount": amount, "balance": left, "currency": case.currency}
    output.answer(document, f"{who}: {said}; {left} {case.currency} left")
    return 0
