"""An invoice as an e-invoice for Peppol, put into a file; or all that is missing for one."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.e_invoices.peppol import peppol_invoice
from connectors.whole_files import make_folder, write_through
from domain.dossier import plain
from domain.invoices.e_invoice import NotAnEInvoice
from terminal import output
from terminal.cases import Invoice, resolve
from terminal.connection import command, transaction
from terminal.output import Refusal
from views.e_invoice import e_invoice as read_e_invoice

app = typer.Typer()


@command(app, "e-invoice")
async def e_invoice(
    invoice: Invoice, folder: Annotated[Path, typer.Option(help="Where the file is put.")] = Path()
) -> None:
    """The invoice as a file of Peppol BIS Billing 3.0. What it was not given with is named, never made up."""
    async with transaction() as (connection, _):
        named = await resolve(connection, invoice)
        told = await read_e_invoice(connection, named.case_id)
    try:
        content = peppol_invoice(told)
    except NotAnEInvoice as missing:
        raise Refusal(str(missing)) from missing
    make_folder(folder)
    path = folder / f"{plain(named.creditor, named.invoice)}.xml"
    write_through(path, content)
    output.answer({"e_invoice": str(path)}, f"{path}: {named.creditor}/{named.invoice} for Peppol")
