"""Booking payments in the facts: on the creditor that owns the account, never by guessing."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy.exc import MultipleResultsFound

from channels.bank_files.bank_file import SOURCE, BankFile, BankPayment
from facts import clock
from facts.database import Database
from facts.payments import Payment, book, imported_through, list_unmatched, owner_of
from terminal import output
from terminal.cases import resolve
from terminal.connection import facts, local_day, run, transaction
from terminal.output import Refusal

log = structlog.get_logger()

BY_HAND = "terminal"


def book_all(files: Iterable[BankFile], *, through: date | None, accepted_by: str | None) -> int:
    """Book the files and answer with what became of each payment; 1 when a person must look at something."""
    return run(_book_all(files, through, accepted_by))


async def _book_all(files: Iterable[BankFile], through: date | None, accepted_by: str | None) -> int:
    done = []
    async with facts() as database:
        for file in files:
            done.append(await _book_file(database, file, through, accepted_by))
    words = []
    for each in done:
        counts = f"{each['booked']} booked, {each['known']} known, {len(each['unmatched'])} unmatched"
        words.append(f"{each['file']}: {counts}, total {each['total']}")
        words += [f"  flag: {flag}" for flag in each["flags"]]
        words += [f"  unmatched {one['reference'] or 'without reference'}: {one['why']}" for one in each["unmatched"]]
        if each["waits"]:
            words.append("  nothing booked: look at the flags, then repeat with --accept-flagged --by NAME")
    output.answer({"files": done}, "\n".join(words) or "no files")
    return 1 if any(each["flags"] or each["unmatched"] for each in done) else 0


async def _book_file(
    database: Database, file: BankFile, through: date | None, accepted_by: str | None
) -> dict[str, Any]:
    """Every payment in a transaction of its own, then how far the file's accounts are imported."""
    result: dict[str, Any] = {
        "file": file.file,
        "format": file.format,
        "transactions": len(file.payments),
        "total": file.total,
        "flags": list(file.flags),
        "booked": 0,
        "known": 0,
        "unmatched": [],
        "waits": bool(file.flags) and accepted_by is None,
        "imported_through": {},
    }
    if result["waits"]:
        return result
    if file.flags:
        log.warning("bank_file_accepted", by=accepted_by, file=file.file, flags=len(file.flags))
    owners = await _owners(database, file, result["flags"])
    with output.progress() as progress:
        bar = progress.add_task(file.file, total=len(file.payments))
        for payment in file.payments:
            why = await _book_one(database, owners.get(payment.account), payment, result)
            if why:
                result["unmatched"].append({"reference": payment.reference, "amount": payment.amount, "why": why})
            progress.advance(bar)
    for account, latest in file.imported_through.items():
        if owner := owners.get(account):
            day = through or latest
            async with database.transaction() as connection:
                await imported_through(connection, owner, account, day, await clock.now(connection))
            result["imported_through"][account] = day
    return result


async def _owners(database: Database, file: BankFile, flags: list[str]) -> dict[str, str]:
    """The creditor of each account in the file; an account of nobody, or of several, is flagged."""
    owners = {}
    accounts = {payment.account for payment in file.payments} | set(file.imported_through)
    async with database.transaction() as connection:
        for account in sorted(accounts):
            try:
                owner = await owner_of(connection, account)
            except MultipleResultsFound:
                flags.append(f"account {account} belongs to several creditors: nothing of it is booked")
                continue
            if owner is None:
                flags.append(f"account {account} belongs to no creditor: nothing of it is booked")
            else:
                owners[account] = owner
    return owners


async def _book_one(database: Database, owner: str | None, payment: BankPayment, result: dict[str, Any]) -> str | None:
    """Book one payment and count it; gives why it could not be matched."""
    if owner is None:
        return f"account {payment.account} has no creditor: not booked"
    incoming = Payment(
        creditor=owner,
        source=SOURCE,
        source_id=payment.provider_id,
        amount=payment.amount,
        currency=payment.currency,
        booked_on=payment.booked_on,
        reference=payment.reference,
        account=payment.account,
        debit_account=payment.debit_account,
        text=payment.text,
    )
    async with database.transaction() as connection:
        booked = await book(connection, incoming)
    if booked.status == "unmatched":
        return booked.why
    result[booked.status] += 1
    return None


def show_unmatched(creditor: str | None) -> int:
    """Answer with the payments that wait for a person."""
    return run(_show_unmatched(creditor))


async def _show_unmatched(creditor: str | None) -> int:
    async with transaction() as (connection, _):
        found = await list_unmatched(connection, creditor)
    shown = [
        {
            "creditor": payment.creditor,
            "booked": payment.booked_on,
            "amount": f"{payment.amount} {payment.currency}",
            "reference": payment.reference,
            "from": payment.debit_account,
            "text": payment.text,
            "why": payment.why,
            "id": payment.id,
        }
        for payment in found
    ]
    output.answer_table({"unmatched": found}, shown, empty="every payment is matched")
    return 0


def book_by_hand(invoice: str, amount: Decimal, on: date | None, payment_id: str | None) -> int:
    """Book one payment on a named invoice and say what is left."""
    return run(_book_by_hand(invoice, amount, on, payment_id))


async def _book_by_hand(invoice: str, amount: Decimal, on: date | None, payment_id: str | None) -> int:
    async with transaction() as (connection, now):
        case = await resolve(connection, invoice, now)
        payment = Payment(
            creditor=case.creditor,
            source=BY_HAND,
            source_id=payment_id or str(uuid4()),
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
