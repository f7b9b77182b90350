"""Tasks for a person: which are open, and telling that one is done."""

from typing import Annotated

import typer

from commands.task.finish import finish_task
from connectors.ids import Kind
from facts.operations.tasks import TaskKind, list_tasks
from terminal import output
from terminal.connection import command, transaction
from terminal.named import named
from terminal.output import Refusal
from terminal.who import By

app = typer.Typer()
tasks = typer.Typer(help="Calls, addresses to find and approvals: list, done.")
app.add_typer(tasks, name="tasks")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's.")]


@command(tasks, "list")
async def list_(
    kind: Annotated[TaskKind | None, typer.Option(help="Only those of this kind.")] = None,
    creditor: Creditor = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are done or no longer waited for.")] = False,
) -> None:
    """The tasks, oldest first; open ones unless told otherwise."""
    async with transaction() as (connection, _):
        found = await list_tasks(connection, creditor, kind, finished=all_)
    shown = []
    for task in found:
        row = {
            "id": task.id,
            "invoice": f"{task.creditor}/{task.invoice}",
            "kind": task.kind,
            "step": task.step,
            "why": task.why,
            "due": task.due_on,
            "since": task.since,
        }
        past = {"open": task.open, "done": task.done_at, "by": task.done_by, "result": task.result}
        shown.append(row | past if all_ else row)
    output.answer_table({"tasks": found}, shown, empty="no tasks")


@command(tasks, "done")
async def done(
    id: Annotated[str, typer.Argument(metavar="ID", help="The task's id, as `tasks list` shows it.")],
    by: By,
    result: Annotated[str | None, typer.Option(help="What came of it, kept in the facts.")] = None,
    creditor: Creditor = None,
) -> None:
    """A call was made or an address found: the case looks again. An approval is given with `approve`."""
    async with transaction() as (connection, _):
        task, now = await named(connection, Kind.TASK, id)
        changed = await finish_task(connection, creditor, task, by, result, now)
    if not changed:
        raise Refusal(f"task {task} is done: `starter.py tasks list --all` shows by whom")
    output.answer({"task": task, "done": True}, f"task {task} is done; its case looks again")
