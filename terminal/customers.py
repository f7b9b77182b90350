"""Customers worth keeping: what is known of their relations, told from files, and what losing one would cost."""

from datetime import date, time
from pathlib import Path
from typing import Annotated

import typer

from commands.told_line import take_line
from config.files import HOME, read_laws
from connectors.customer_relations import read_relations
from domain.parties import valuable
from domain.parties.customers_kept import AFTER
from domain.parties.relations import in_words, is_customer, lost_customer_cost, relations_on
from domain.parties.valuable import value_of
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.parties import relations
from terminal import output, parse
from terminal.connection import command, local_day, transaction
from terminal.output import Refusal
from terminal.told_files import import_files
from views import customers_kept

app = typer.Typer()
customers = typer.Typer(
    help="Customers worth keeping: import what is known of their relations, show it, and who was kept."
)
app.add_typer(customers, name="customers")


@command(customers, "import")
async def import_(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV files, one event a line.")],
    creditor: Annotated[
        str | None, typer.Option(help="Whose customers they are: its id. Those of another creditor are rejected.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of each; nothing is kept.")
    ] = False,
) -> int:
    """Take customer relations: started, renewed, ended. A line that is bad is rejected alone, the same event counts once."""
    return await import_files(
        paths,
        read_relations,
        lambda connection, told: take_line(connection, creditor, told, relations.record),
        "events",
        dry_run=dry_run,
    )


@command(customers, "show")
async def show(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    number: Annotated[str, typer.Argument(help="The customer's number.", metavar="CUSTOMER_NUMBER")],
) -> None:
    """How a customer's relations stand, by product, and what losing the customer would cost."""
    async with transaction() as (connection, _):
        today = local_day(await clock.now(connection, creditor))
        events = (await relations.told(connection, creditor, [number]))[number]
    if not events:
        raise Refusal(f"nothing is known of customer {number}: `customers import` takes what {creditor} knows")
    found = relations_on(events, today)
    lost = lost_customer_cost(found, today)
    value = value_of(events, today)
    document = {
        "customer_number": number,
        "customer": is_customer(found),
        "relations": found,
        "lost_customer_cost": lost,
        "months_as_customer": value.months if value else None,
        "bought_again": value.bought_again if value else 0,
    }
    output.answer_table(document, found)
    if output.in_words() and lost:
        print(in_words(lost))
    if output.in_words() and value:
        print("\n".join(valuable.in_words(value)))


@command(customers, "kept")
async def kept(
    creditor: Annotated[str, typer.Argument(help="The creditor's id.")],
    since: Annotated[
        date, typer.Option(parser=parse.day, metavar="DAY", help="The first day of a reminder that counts.")
    ],
) -> None:
    """Of the customers who entered reminding, how many still were customers after 90 and 180 days, and which."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        today = local_day(await clock.now(connection, owner))
        calendar = read_laws()[HOME].calendar
        begin = calendar.here(calendar.at(since, time()))
        groups = await customers_kept.kept(connection, owner, begin, today)
    rows = [
        {"by": each.by, "group": each.group, "customers": each.customers}
        | {f"after {days} days": _share(each.kept[days], each.seen[days]) for days in AFTER}
        for each in groups
    ]
    output.answer_table({"groups": groups}, rows, empty="nobody has entered reminding since, or fallen due")


def _share(kept: int, seen: int) -> str | None:
    """How many were kept of those whose days have passed, and their share."""
    return f"{kept} of {seen} ({round(100 * kept / seen)} %)" if seen else None
