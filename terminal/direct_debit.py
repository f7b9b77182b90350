"""Direct debit by hand: the bank's mandate files and the claims, read and written without waiting for the daily job."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from activities.jobs.direct_debit import DirectDebit
from activities.mandate_files import MandatesRead, in_order, read_mandate_file
from connectors.direct_debit.autogiro import read_answers
from connectors.direct_debit.autogiro_answer import AutogiroFile
from connectors.direct_debit.mandate_csv import read_mandate_csv
from facts import clock
from facts.direct_debit import claims as facts_of_claims
from facts.direct_debit import mandates as facts_of_mandates
from facts.direct_debit.taken_over import take_over
from terminal import output
from terminal.connection import command, parts, transaction
from terminal.output import Refusal
from terminal.parse import existing, files_in

app = typer.Typer()
mandates = typer.Typer(help="Mandates for direct debit: read, take over, list.")
claims = typer.Typer(help="Direct-debit claims: list, write, answers.")
app.add_typer(mandates, name="mandates")
app.add_typer(claims, name="claims")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's.")]


@command(mandates, "read")
async def read(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="AvtaleGiro files of Nets, or folders of them.")],
    accept_flagged: Annotated[
        bool, typer.Option("--accept-flagged", help="Record files with flags too; needs --by.")
    ] = False,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who has looked at the flags.")] = None,
) -> int:
    """Record the mandates of AvtaleGiro files, each list once; the files stay where they are."""
    if accept_flagged and not by:
        raise output.Misuse("--accept-flagged needs --by NAME: who has looked at the flags?")
    files, accepted_by = files_in(existing(paths)), by if accept_flagged else None
    async with parts() as here:
        done = [await read_mandate_file(here.database, path, accepted_by=accepted_by) for path in await in_order(files)]
    output.answer({"files": [asdict(each) for each in done]}, "\n".join(line for each in done for line in _words(each)))
    return 1 if any(each.flags or each.unknown for each in done) else 0


@command(mandates, "take-over")
async def take_over_mandates(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns reference and since.")],
    creditor: Annotated[str, typer.Option(help="Whose mandates they are: its id.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of them.")] = False,
) -> int:
    """Take over the mandates of a creditor's earlier system: all of the file, or none where a line is wrong."""
    (file,) = existing([path])
    try:
        read = list(read_mandate_csv(file))
    except ValueError as wrong:
        raise Refusal(f"{path} {wrong}") from wrong
    if bad := [f"line {each.line}: {each.reason}" for each in read if each.reason is not None]:
        raise Refusal(f"{path}: {'; '.join(bad)}. Nothing is stored")
    given = {each.line: each.model for each in read if each.model is not None}
    async with transaction() as (connection, _):
        rehearsal = await connection.begin_nested()
        done = await take_over(connection, creditor, given, await clock.now(connection, creditor))
        await (rehearsal.rollback() if dry_run else rehearsal.commit())
    words = f"{done.active} mandates are drawn on, {done.waiting} wait for their invoice, {done.known} were known"
    words += f"; {done.moved} take the place of one under an old reference" if done.moved else ""
    output.answer(asdict(done) | {"dry_run": dry_run}, f"{words}{' (nothing is stored)' if dry_run else ''}")
    return 0


def _words(read: MandatesRead) -> list[str]:
    counts = f"{read.mandates} mandates: {read.began} began, {read.changed} changed, {read.ended} ended"
    words = [f"{read.file}: {counts}, {len(read.unknown)} unknown"]
    words += [f"  flag: {flag}" for flag in read.flags]
    words += [
        f"  unknown {reference}: no debtor, or several, have this payment reference: it waits for its invoice"
        for reference in read.unknown
    ]
    if read.waits:
        words.append("  nothing recorded: look at the flags, then repeat with --accept-flagged --by NAME")
    return words


@command(mandates, "list")
async def list_mandates(creditor: Creditor = None) -> None:
    """The mandates, oldest first."""
    async with transaction() as (connection, _):
        found = await facts_of_mandates.list_mandates(connection, creditor)
    output.answer_table({"mandates": found}, found, empty="no mandates")


@command(claims, "list")
async def list_claims(
    creditor: Creditor = None,
    state: Annotated[
        Literal["planned", "sent", "cancelling", "cancelled", "settled", "failed", "returned"] | None,
        typer.Option(help="Only those in this state."),
    ] = None,
) -> None:
    """The claims, oldest first."""
    async with transaction() as (connection, _):
        found = await facts_of_claims.list_claims(connection, creditor, state)
    output.answer_table({"claims": found}, found, empty="no claims")


@command(claims, "write")
async def write() -> None:
    """Take back the claims that should not be drawn any more, and send those that cases want, in files for the bank."""
    async with parts() as here:
        job = DirectDebit(here.database, here.calendar, here.direct_debit_folder, *here.calendars)
        cancelled = await job.cancel_claims()
        sent = await job.plan_claims()
    folder = str(here.settings.direct_debit_folder / "out")
    document = {"sent": sent, "cancelled": cancelled, "folder": folder}
    output.answer(document, f"{sent} claims sent and {cancelled} taken back in the files of {folder}")


@claims.command("answers")
def answers(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Swedish Autogiro files, or folders of them.")],
) -> int:
    """What Swedish Autogiro answered to claims, in words; nothing is stored."""
    read = [read_answers(path) for path in files_in(existing(paths))]
    told = [
        asdict(file) | {"answers": [asdict(answer) | {"words": answer.words} for answer in file.answers]}
        for file in read
    ]
    output.answer({"files": told}, "\n".join(line for file in read for line in _words_of_answers(file)))
    return 1 if any(file.flags for file in read) else 0


def _words_of_answers(file: AutogiroFile) -> list[str]:
    words = [f"{file.file}: {len(file.answers)} answers"]
    words += [f"  flag: {flag}" for flag in file.flags]
    words += [
        f"  {answer.reference or answer.payer_number} {answer.amount} SEK due {answer.due_on or '(no day)'}: {answer.words}"
        for answer in file.answers
    ]
    return words
