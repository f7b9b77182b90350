"""Starting cases: one that is stored, or all that should run and do not."""

from typing import Annotated

import typer

from activities.jobs.sweep import start_what_is_not_running
from facts import clock
from facts.outbox import tell
from terminal import output
from terminal.connection import command, parts, terminal_settings, transaction
from terminal.output import Misuse, Refusal
from terminal.servers import away, connected
from views.status import status

app = typer.Typer()


@command(app, "start")
async def start(
    creditor: Annotated[str | None, typer.Argument(help="The creditor's id.")] = None,
    invoice: Annotated[str | None, typer.Argument(help="The number of an invoice that is imported.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every open case that has no running workflow: after Temporal lost them.")
    ] = False,
) -> int:
    """Start the case of a stored invoice, or wake it when it runs; or all that should run and do not."""
    if every and creditor is None:
        return await _start_all()
    if every or creditor is None or invoice is None:
        raise Misuse("name a creditor and an invoice, or give --all alone")
    return await _start(creditor, invoice)


async def _start_all() -> int:
    async with parts() as here:
        started = await start_what_is_not_running(here.database, await connected(here.settings))
    missing = await away(here.settings)
    words = f"{started} open cases had no running workflow and are started"
    output.answer({"started": started, "away": missing}, words + (f"; {missing}" if missing else ""))
    return 1 if missing else 0


async def _start(creditor: str, invoice: str) -> int:
    async with transaction() as (connection, now):
        case = await status(connection, creditor, invoice, now)
        if case is None:
            raise Refusal(f"creditor {creditor} has no invoice {invoice}: import it first, that starts its case")
        if case.state == "closed":
            raise Refusal(f"the case of invoice {invoice} is closed ({case.outcome}): there is nothing to start")
        await tell(connection, [case.case_id], "woken", await clock.now(connection, creditor))
    missing = await away(terminal_settings())
    if missing:
        raise Refusal(f"{missing}; the news is stored and the case starts when it is back")
    output.answer({"started": f"{creditor}/{invoice}"}, f"invoice {invoice} of {creditor}: its case is told to go on")
    return 0
