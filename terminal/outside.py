"""Facts from outside: a credit score, incomes where people live. Each has a source and a purpose, and is used for that alone."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from commands.told_line import take_line
from connectors.invoice_files.read_invoice import faults_in_words
from connectors.outside_facts import read_outside_facts
from domain.parties.incoming_outside_fact import IncomingOutsideFact
from domain.parties.outside_facts import KINDS
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.prediction import outside as facts
from terminal import output, parse
from terminal.connection import command, transaction
from terminal.output import Refusal
from terminal.told_files import import_files
from terminal.who import By

app = typer.Typer()
outside = typer.Typer(help="Facts from outside that guesses may use: add one, import many, list, end.")
app.add_typer(outside, name="outside")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Your own id of the fact: the same is stored once.")]
A_DAY: Any = {"parser": parse.day, "metavar": "DAY"}


@command(outside, "add")
async def add(
    creditor: Creditor,
    id: Id,
    what: Annotated[str, typer.Argument(help=f"What it says: {', '.join(KINDS)}.")],
    value: Annotated[str, typer.Argument(help="The number or the word.")],
    since: Annotated[date, typer.Option(help="The first day on which it holds.", **A_DAY)],
    source: Annotated[str, typer.Option(help="Who says so.")],
    purpose: Annotated[str, typer.Option(help="What it is used for, and nothing else: prediction or fairness report.")],
    by: By,
    customer: Annotated[str | None, typer.Option(metavar="NUMBER", help="Whose it is: the customer's number.")] = None,
    country: Annotated[str | None, typer.Option(help="Of a postcode: its country, ISO 3166.")] = None,
    postcode: Annotated[str | None, typer.Option(help="Of whom lives there, in place of a customer.")] = None,
    until: Annotated[date | None, typer.Option(help="The first day without it.", **A_DAY)] = None,
) -> None:
    """Tell one fact about a customer, or about all who live in a postcode."""
    told_as = KINDS[what].told_as if what in KINDS else "word"
    given = {
        "id": id,
        "what": what,
        told_as: value,
        "customer_number": customer,
        "country": country,
        "postcode": postcode,
        "since": since,
        "until": until,
        "source": source,
        "purpose": purpose,
    }
    try:
        told = IncomingOutsideFact.model_validate(given)
    except ValidationError as faults:
        raise Refusal(faults_in_words(faults)) from faults
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        status = await facts.record(connection, owner, told, await clock.now(connection, owner), by)
    output.answer({"id": id, "status": status}, f"{id}: {'kept' if status == 'new' else 'known already'}")


@command(outside, "import")
async def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV files, one fact a line.")],
    by: By,
    creditor: Annotated[
        str | None, typer.Option(help="Whose facts they are: its id. Those of another creditor are rejected.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each; nothing is kept.")
    ] = False,
) -> int:
    """Take facts from files. A line that is bad is rejected alone, the same fact counts once."""
    record = partial(facts.record, by=by)
    return await import_files(
        paths,
        read_outside_facts,
        lambda connection, told: take_line(connection, creditor, told, record),
        "facts",
        dry_run=dry_run,
    )


@command(outside, "list")
async def list_(
    creditor: Creditor,
    customer: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Of one customer; left out, of places.")
    ] = None,
) -> None:
    """What was told of a customer, or of places: as it came, with source and purpose. Nothing of it is ever changed."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        found = await (
            facts.of_customer(connection, owner, customer) if customer else facts.of_places(connection, owner)
        )
    rows = [each._asdict() for each in found]
    output.answer_table({"facts": rows}, rows, empty="nothing was told")


@command(outside, "end")
async def end(
    creditor: Creditor,
    id: Id,
    on: Annotated[date, typer.Option(help="The first day on which it does not hold any more.", **A_DAY)],
    by: By,
) -> None:
    """Let a fact hold no more from a day on; that it did stays known."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        ended = await facts.end(connection, owner, id, on, by, await clock.now(connection, owner))
    output.answer(ended._asdict(), f"{id}: {ended.what} does not hold from {on} on")
