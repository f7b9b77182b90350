"""Debtors who pay alike: segments as they were found, what each is like, and what persons say of them, which stays."""

from typing import Annotated

import typer

from commands.prediction import segments as command_
from commands.prediction.segments import Effect
from domain.learned.segments import in_words
from facts.invoices.invoices import find_creditor
from facts.prediction import segments as facts_
from facts.prediction.segments import KeptSegment
from terminal import output
from terminal.connection import command, parts, transaction
from terminal.who import By, Reason
from views.prediction.named_segments import steps_naming

app = typer.Typer()
segments = typer.Typer(help="Debtors who pay alike, as they were found: list, show, rename, merge, part, off, on.")
app.add_typer(segments, name="segments")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Key = Annotated[
    str, typer.Argument(metavar="KEY", help="The segment's key, which never changes: `segments list` has it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would follow; nothing is changed.")]


@command(segments, "list")
async def list_(creditor: Creditor) -> None:
    """The segments of a creditor's debtors with how many are in each; none where too few debtors are known."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        found = await facts_.list_(connection, owner)
    rows = [_row(each) for each in found]
    empty = "no segments were found: the room of learning looks every night, and needs some tens of debtors with a past"
    output.answer_table({"creditor": owner, "segments": rows}, rows, empty=empty)


@command(segments, "show")
async def show(creditor: Creditor, key: Key) -> None:
    """What a segment is like: where its debtors stand, and how many open cases they have."""
    async with parts() as here, here.database.transaction() as connection:
        owner = (await find_creditor(connection, creditor)).id
        found = await facts_.read(connection, owner, key)
        cases = await facts_.open_cases(connection, owner, key)
        naming = await steps_naming(connection, here.laws, owner, found.names)
    like = in_words(found.found.middle) if found.middle else "too little is known of them"
    document = {"creditor": owner} | _row(found)
    document |= {"open_cases": cases, "like": like, "middle": found.middle, "named_by_steps": naming}
    said = [f"{found.name} ({found.key}): debtors {found.debtors}, open cases {cases}", like]
    said += [f"once called {name}: policies may still name it so" for name in found.once_called]
    said += [f"named by {step}" for step in naming]
    output.answer(document, "\n".join(said))


@command(segments, "rename")
async def rename(
    creditor: Creditor,
    key: Key,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called from now on.")],
    by: By,
    reason: Reason = "operator",
) -> None:
    """Call a segment something; its key stays, policies that name it as before go on, and a refresh leaves the name alone."""
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        kept = await command_.rename(connection, owner, key, name, by, reason, now)
    output.answer({"creditor": owner} | _row(kept), f"{key} is called {kept.name}")


@command(segments, "merge")
async def merge(
    creditor: Creditor,
    key: Key,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The key of the one that it becomes part of.")],
    by: By,
    reason: Reason = "operator",
    dry_run: DryRun = False,
) -> None:
    """Whoever is found in one segment is in the other, now and after every refresh; `segments part` undoes it."""
    await _merge(creditor, key, into, by, reason, dry_run=dry_run)


@command(segments, "part")
async def part(creditor: Creditor, key: Key, by: By, reason: Reason = "operator") -> None:
    """A segment that was merged stands for itself again."""
    await _merge(creditor, key, key, by, reason, dry_run=False)


@command(segments, "off")
async def off(creditor: Creditor, key: Key, by: By, reason: Reason = "operator", dry_run: DryRun = False) -> None:
    """Whoever is found in a segment is in none, now and after every refresh; `segments on` undoes it."""
    await _switch(creditor, key, by, reason, off=True, dry_run=dry_run)


@command(segments, "on")
async def on(creditor: Creditor, key: Key, by: By, reason: Reason = "operator") -> None:
    """Whoever is found in a segment is in it again, from the next refresh."""
    await _switch(creditor, key, by, reason, off=False, dry_run=False)


async def _merge(creditor: str, key: str, into: str, by: str, reason: str, *, dry_run: bool) -> None:
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        if dry_run:
            effect = await command_.merging(connection, owner, key, into)
        else:
            effect = await command_.merge(connection, owner, key, into, by, reason, now)
    _answer(owner, key, effect, dry_run=dry_run)


async def _switch(creditor: str, key: str, by: str, reason: str, *, off: bool, dry_run: bool) -> None:
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        if dry_run:
            effect = await command_.switching(connection, owner, key, off=off)
        else:
            effect = await command_.switch(connection, owner, key, by, reason, now, off=off)
    _answer(owner, key, effect, dry_run=dry_run)


def _answer(creditor: str, key: str, effect: Effect, *, dry_run: bool) -> None:
    document = {
        "creditor": creditor,
        "key": key,
        "debtors": effect.debtors,
        "open_cases": effect.cases,
        "into": effect.into,
    }
    where = (
        "stands for itself" if effect.into == key else f"goes to {effect.into}" if effect.into else "is in no segment"
    )
    would = "would follow: " if dry_run else ""
    output.answer(
        document | {"done": not dry_run},
        f"{would}who is found in {key} {where}; debtors now: {effect.debtors}, open cases: {effect.cases}",
    )


def _row(kept: KeptSegment) -> dict[str, object]:
    return {
        "key": kept.key,
        "name": kept.name,
        "debtors": kept.debtors,
        "named_by": kept.named_by,
        "once_called": list(kept.once_called),
        "merged_into": kept.merged_into,
        "off": kept.off,
        "found_at": kept.found_at,
    }
