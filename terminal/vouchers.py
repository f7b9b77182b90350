"""Accounting vouchers: from when on days are kept, closing those that are over, what a day says, and whether all agrees."""

from datetime import time
from typing import Annotated

import typer

from activities.jobs.vouchers import Vouchers
from facts import clock
from facts.money import accounting
from facts.parties.creditors import country_of
from terminal import output, parse
from terminal.connection import command, parts, transaction
from terminal.values import fields_of
from views.vouchers import closed_day

app = typer.Typer()
vouchers = typer.Typer(help="Accounting vouchers, day by day: begin, close, list, show, check.")
app.add_typer(vouchers, name="vouchers")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]


@command(vouchers, "begin")
async def begin(
    creditor: Creditor,
    from_: Annotated[
        str,
        typer.Option("--from", metavar="DAY", help="The first day, as 2026-12-01; all before it is booked already."),
    ],
) -> None:
    """Keep a creditor's accounting days from a day on; each is closed once it is over."""
    first = parse.day(from_)
    async with parts() as here:
        async with here.database.transaction() as connection:
            through = await accounting.horizon(connection)
        async with here.database.transaction() as connection:
            starts_at = here.laws[await country_of(connection, creditor)].calendar.at(first, time(0))
            now = await clock.now(connection, creditor)
            await accounting.begin(connection, creditor, first, starts_at, through, now)
    output.answer({"creditor": creditor, "from": first}, f"the accounting days of {creditor} are kept from {first} on")


@command(vouchers, "close")
async def close(creditor: Annotated[str | None, typer.Argument(help="Only this creditor's.")] = None) -> None:
    """Close every day that is over now, instead of waiting for the daily job, and write its file."""
    async with parts() as here:
        closed = await Vouchers(here.database, here.laws, here.voucher_files).close(creditor)
    folder = str(here.settings.voucher_folder)
    output.answer({"closed": closed, "folder": folder}, f"{closed} days closed; their files are in {folder}")


@command(vouchers, "list")
async def list_(creditor: Creditor) -> None:
    """The closed days, the latest first: how many entries each has, and what debtors owe at its end."""
    async with transaction() as (connection, _):
        found = await accounting.days(connection, creditor)
    rows = [
        {
            "day": each.day,
            "entries": each.entries,
            "vouchers": len(each.vouchers),
            "owed": ", ".join(f"{amount} {currency}" for currency, amount in each.owed.items()),
            "file": each.file,
            "closed": each.closed_at,
        }
        for each in found
    ]
    output.answer_table({"days": rows}, rows, empty=f"no day of {creditor} is closed")


@command(vouchers, "show")
async def show(
    creditor: Creditor, day: Annotated[str, typer.Argument(help="A day that is closed, as 2026-12-01.")]
) -> None:
    """What a closed day says, line by line; with `--output csv` as in its file."""
    async with transaction() as (connection, _):
        _, said = await closed_day(connection, creditor, parse.day(day))
    rows = [fields_of(row) for row in said]
    shown = [
        {
            "voucher": row["TransactionType"],
            "account": row["AccountID"],
            "debit": row["DebitAmount"] or "",
            "credit": row["CreditAmount"] or "",
            "currency": row["CurrencyCode"],
            "invoice": row["SourceDocumentID"],
            "dated": row["ValueDate"],
        }
        for row in rows
    ]
    output.answer_table({"rows": rows}, shown, records=rows, empty=f"nothing was booked on {day}")


@command(vouchers, "check")
async def check(creditor: Creditor) -> None:
    """Hold the closed days against the ledger: what debtors owe at the end of the last one, by both. 1 where they differ."""
    async with transaction() as (connection, _):
        found = await accounting.reconcile(connection, creditor)
    agrees = all(each.closed == each.ledger for each in found)
    said = "all agree to the cent" if agrees else "they differ: tell whoever runs Purr, and book nothing of these days"
    rows = [fields_of(each) | {"agrees": each.closed == each.ledger} for each in found]
    output.answer_table({"sums": rows, "agrees": agrees}, rows, title=said, empty="nothing is owed")
    if not agrees:
        raise typer.Exit(1)
