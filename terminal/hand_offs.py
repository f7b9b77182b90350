"""Hand-offs to the collection partner: which there are, today's file, and the partner's answers."""

from typing import Annotated, Literal

import typer

from activities.jobs import Jobs
from activities.planning import Planning
from channels.hand_off_files import HandOffFiles
from channels.letters import PrintBatches
from config.files import read_laws
from config.temporal import connect
from facts import hand_offs as facts_of_hand_offs
from terminal import output
from terminal.connection import facts, run, terminal_settings, transaction

app = typer.Typer()
hand_offs = typer.Typer(help="Hand-offs to collection: list, export, answer.")
app.add_typer(hand_offs, name="hand-offs")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's.")]


@hand_offs.command("list")
def list_(
    creditor: Creditor = None,
    state: Annotated[
        Literal["queued", "exported", "accepted", "rejected", "recalled", "backed out"] | None,
        typer.Option(help="Only those in this state."),
    ] = None,
) -> int:
    """The hand-offs, oldest first."""
    return run(_list(creditor, state))


async def _list(creditor: str | None, state: str | None) -> int:
    async with transaction() as (connection, _):
        found = await facts_of_hand_offs.list_hand_offs(connection, creditor, state)
    output.answer_table({"hand_offs": found}, found, empty="no hand-offs")
    return 0


@hand_offs.command("export")
def export() -> int:
    """Write today's files now instead of waiting for the daily job; one file a day for each creditor."""
    return run(_export())


async def _export() -> int:
    settings = terminal_settings()
    async with facts(settings) as database:
        jobs = Jobs(
            database,
            Planning(read_laws()),
            await connect(settings, lazy=True),
            HandOffFiles(settings.hand_off_folder),
            PrintBatches(settings.print_folder),
        )
        left = await jobs.export_hand_offs()
    folder = str(settings.hand_off_folder)
    output.answer({"exported": left, "folder": folder}, f"{left} hand-offs left in the files of {folder}")
    return 0


@hand_offs.command("answer")
def answer(
    hand_off: Annotated[int, typer.Argument(metavar="ID", help="The hand-off's id, as in the file.")],
    verdict: Annotated[Literal["accepted", "rejected"], typer.Argument(help="What the partner says.")],
    reason: Annotated[str | None, typer.Option(help="Why it was rejected.")] = None,
    creditor: Creditor = None,
) -> int:
    """The partner's answer: an accepted hand-off closes its case, a rejected one asks a person again."""
    return run(_answer(hand_off, verdict == "accepted", reason, creditor))


async def _answer(hand_off: int, accepted: bool, reason: str | None, creditor: str | None) -> int:
    async with transaction() as (connection, now):
        changed = await facts_of_hand_offs.answer(connection, creditor, hand_off, accepted, reason, now)
    if not changed:
        raise output.Refusal(f"hand-off {hand_off} waits for no answer: `starter.py hand-offs list` shows its state")
    said = "accepted" if accepted else "rejected"
    output.answer({"hand_off": hand_off, "answer": said}, f"hand-off {hand_off}: {said} by the collection partner")
    return 0
