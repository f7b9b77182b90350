"""Links to the invoice page that came into wrong hands: an operator takes them back."""

from typing import Annotated, Literal
from uuid import UUID

import typer

from commands.debtor.revoke_links import revoke_links
from facts import clock
from terminal import output
from terminal.cases import Invoice, resolve
from terminal.connection import command, transaction
from terminal.who import By, Reason

app = typer.Typer()


@command(app, "revoke-links")
async def revoke(
    invoice: Invoice,
    by: By,
    of: Annotated[
        Literal["invoice", "debtor"], typer.Option(help="Those of this invoice, or of all that its debtor has.")
    ] = "invoice",
    delivery: Annotated[
        UUID | None, typer.Option(metavar="ID", help="Only those that this message about the invoice carried.")
    ] = None,
    reason: Reason = "operator",
) -> None:
    """Take links to the invoice page back: they open nothing from now on. What is sent later carries new ones."""
    async with transaction() as (connection, _):
        case = await resolve(connection, invoice)
        now = await clock.now(connection, case.creditor)
        cases = await revoke_links(connection, case.case_id, delivery or of, by, reason, now)
    told = {"creditor": case.creditor, "invoice": case.invoice, "cases": cases}
    output.answer(told, f"taken back: links of {cases} {'case' if cases == 1 else 'cases'} open nothing any more")
