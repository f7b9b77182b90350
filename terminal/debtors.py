"""What an operator knows of a debtor: another name of the same person, and addresses that work again."""

from typing import Annotated

import typer

from domain.invoices.incoming import IncomingDebtor
from facts.invoices import invoices
from facts.parties import debtors
from facts.parties.debtors import Operator
from facts.refusals import Refused
from terminal import output
from terminal.commands import By
from terminal.connection import run, transaction
from terminal.output import Misuse, Refusal

app = typer.Typer()
debtor = typer.Typer(help="A creditor's debtors: change one by customer number.")
app.add_typer(debtor, name="debtor")


@debtor.command("change")
def change(
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
) -> int:
    """Give a debtor another name, or an address that works: a person's word goes before what systems repeat."""
    if not (name or email or phone):
        raise Misuse("say what to change: --name, --email or --phone")
    return run(_change(creditor, customer_number, called, name, email, phone, Operator(by, reason)))


async def _change(
    creditor: str,
    customer_number: str,
    called: str | None,
    name: str | None,
    email: str | None,
    phone: str | None,
    operator: Operator,
) -> int:
    async with transaction() as (connection, now):
        try:
            found = await debtors.find(connection, creditor, customer_number, called)
            if found is None:
                raise Refusal(f"creditor {creditor} has no debtor {customer_number}{' of that name' if called else ''}")
            given = IncomingDebtor(name=name or found.name, country=found.country, email=email, phone=phone)
            if (email and not given.email_address) or (phone and not given.phone_number):
                raise Misuse("the email address or phone number is none")
            changed = await debtors.rename(connection, creditor, customer_number, found, given.name) if name else found
            contacts = [(channel, where, False) for channel, where in invoices.contact_points(given)]
            done = await debtors.change(connection, found, changed, contacts, now, operator)
        except Refused as refused:
            raise Refusal(str(refused)) from refused
    output.answer(
        {"customer_number": customer_number, "open_cases": done.open_cases},
        f"debtor {customer_number} is changed; {done.open_cases} open cases look again",
    )
    return 0
