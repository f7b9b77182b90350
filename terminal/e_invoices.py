"""An invoice or credit note as an e-invoice for Peppol, put into a file; or all that is missing for one."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.e_invoices.peppol import peppol_invoice
from connectors.whole_files import make_folder, write_through
from domain.dossier import plain
from domain.invoices.e_invoice import EInvoice, NotAnEInvoice
from terminal import output
from terminal.cases import Invoice, resolve
from terminal.connection import command, transaction
from terminal.output import Refusal
from views.e_invoice import e_credit_note
from views.e_invoice import e_invoice as read_e_invoice
from views.status import CaseStatus

app = typer.Typer()


@command(app, "e-invoice")
async def e_invoice(
    invoice: Invoice,
    folder: Annotated[Path, typer.Option(help="Where the file is put.")] = Path(),
    credit_note: Annotated[str, typer.Option(help="The number of a credit note of the invoice, in its place.")] = "",
) -> None:
    """The invoice, or a credit note of it, as a file of Peppol BIS Billing 3.0. What is missing is named, never made up."""
    async with transaction() as (connection, _):
        named = await resolve(connection, invoice)
        told = await read_e_invoice(connection, named.case_id)
        if credit_note:
            told = await _credit_note(connection, named, credit_note)
    try:
        content = peppol_invoice(told)
    except NotAnEInvoice as missing:
        raise Refusal(str(missing)) from missing
    make_folder(folder)
    path = folder / f"{plain(named.creditor, told.number)}.xml"
    write_through(path, content)
    output.answer({"e_invoice": str(path)}, f"{path}: {named.creditor}/{told.number} for Peppol")


async def _credit_note(connection: AsyncConnection, named: CaseStatus, number: str) -> EInvoice:
    note = await e_credit_note(connection, named.creditor, number)
    if note is None or note.credits is None or note.credits.number != named.invoice:
        raise Refusal(f"invoice {named.invoice} has no credit note {number} that was kept")
    return note
