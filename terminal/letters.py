"""What became of letters: which batches wait, when one was posted, and which letter came back."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from facts.deliveries import letters as facts_of_letters
from terminal import output, parse
from terminal.connection import command, parts, transaction

app = typer.Typer()
letters = typer.Typer(help="Print batches: list, posted, returned, statuses.")
app.add_typer(letters, name="letters")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's letters.")]


@command(letters, "list")
async def list_(creditor: Creditor = None) -> None:
    """The print batches and whether they are posted."""
    async with transaction() as (connection, _):
        batches = await facts_of_letters.list_batches(connection, creditor)
    output.answer_table({"batches": batches}, batches, empty="no letters yet")


@command(letters, "posted")
async def posted(
    batch: Annotated[str, typer.Argument(help="The batch, as its folder is named.")],
    on: Annotated[str, typer.Argument(metavar="DATE", help="The day it was posted; deadlines count from it.")],
    creditor: Creditor = None,
) -> None:
    """A batch was posted on a day."""
    day = parse.day(on)
    async with transaction(("batch", batch)) as (connection, now):
        count = await facts_of_letters.posted(connection, creditor, batch, day, now)
    output.answer(
        {"batch": batch, "posted_on": day, "letters": count}, f"{batch}: {count} letters confirmed as posted on {day}"
    )


@command(letters, "returned")
async def returned(
    delivery: Annotated[UUID, typer.Argument(metavar="ID", help="The delivery's id, printed on the letter.")],
    creditor: Creditor = None,
) -> None:
    """A letter came back: its address is wrong."""
    async with transaction(("delivery", delivery)) as (connection, now):
        changed = await facts_of_letters.returned(connection, creditor, delivery, now)
    said = "its address counts as wrong from now on" if changed else "known from before"
    output.answer({"delivery": delivery, "changed": changed}, f"letter {delivery} came back: {said}")


@command(letters, "statuses")
async def statuses(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A status file of the distribution house.")],
) -> None:
    """What the distribution house tells of letters: a file is taken whole or refused, each line counts once."""
    from activities.house_folder import take_statuses  # who lists batches waits for no worker's parts

    async with parts() as here:
        taken = await take_statuses(here.database, here.print_batches, file)
    told = {"file": file.name, "new": taken.new, "known": taken.known, "contradictory": taken.contradictory}
    asked = f"; {taken.contradictory} contradict themselves: `tasks list --kind letter`" if taken.contradictory else ""
    output.answer(told, f"{file.name}: {taken.new} lines new, {taken.known} known from before{asked}")
