"""What an operator knows of a debtor: another name of the same person, and addresses that work again."""

from typing import Annotated

import typer
from pydantic import ValidationError

from commands.command import in_words
from commands.debtor.change import DebtorChange, change_debtor
from facts import clock
from terminal import output
from terminal.connection import command, transaction
from terminal.output import Misuse
from terminal.who import By

app = typer.Typer()
debtor = typer.Typer(help="A creditor's debtors: change one by customer number.")
app.add_typer(debtor, name="debtor")


@command(debtor, "change")
async def change(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    customer_number: Annotated[str, typer.Argument(help="The debtor's customer number.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why, as a short code.")],
    called: Annotated[str | None, typer.Option(help="The name now, where several share the number.")] = None,
    name: Annotated[str | None, typer.Option(help="Another name of the same debtor.")] = None,
    email: Annotated[
        str | None, typer.Option(help="An address that works, opted out or bounced before or not.")
    ] = None,
    phone: Annotated[str | None, typer.Option(help="A number that works, likewise.")] = None,
) -> None:
    """Give a debtor another name, or an address that works: a person's word goes before what systems repeat."""
    if not (name or email or phone):
        raise Misuse("say what to change: --name, --email or --phone")
    try:
        given = DebtorChange(name=name, email=email, phone=phone, by=by, reason_code=reason)
    except ValidationError as wrong:
        raise Misuse(in_words(wrong)) from wrong
    async with transaction() as (connection, _):
        now = await clock.now(connection, creditor)
        done = await change_debtor(connection, creditor, customer_number, called, given, now)
    output.answer(
        {"customer_number": customer_number, "open_cases": done.open_cases},
        f"debtor {customer_number} is changed; {done.open_cases} open cases look again",
    )
