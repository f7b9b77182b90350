"""Looking at cases: one with its timeline, many by filters, and waking one."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.jobs.sweep import start_what_is_not_running
from config.temporal import connect
from facts.outbox import tell
from terminal import output
from terminal.connection import away, command, parts, terminal_settings, transaction
from terminal.output import Misuse, Refusal
from terminal.where import HELP, filter_of, matching
from views.status import CaseStatus, creditors_of, status, timeline

app = typer.Typer()

Invoice = Annotated[str, typer.Argument(help="NUMBER, or CREDITOR/NUMBER where several creditors have that number.")]


async def resolve(connection: AsyncConnection, name: str, now: datetime) -> CaseStatus:
    """The case that NUMBER or CREDITOR/NUMBER names; refuses what names none or several."""
    creditor, _, number = name.partition("/")
    named = [(creditor, number)] if number else []
    named += [(each, name) for each in await creditors_of(connection, name)]
    found = [case for each in named if (case := await status(connection, *each, now)) is not None]
    if not found:
        raise Refusal(f"no invoice {name}: import it first, or see `starter.py list` for what there is")
    if len(found) > 1:
        choices = " or ".join(f"{case.creditor}/{case.invoice}" for case in found)
        raise Refusal(f"invoice {name} is not the only one of that number: write {choices}")
    return found[0]


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
        started = await start_what_is_not_running(here.database, await connect(here.settings))
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
        await tell(connection, [case.case_id], "woken", now)
    missing = await away(terminal_settings())
    if missing:
        raise Refusal(f"{missing}; the news is stored and the case starts when it is back")
    output.answer({"started": f"{creditor}/{invoice}"}, f"invoice {invoice} of {creditor}: its case is told to go on")
    return 0


@command(app, "status")
async def show_status(invoice: Invoice) -> int:
    """Where a case stands and everything that happened in it. Needs no server and no worker."""
    async with transaction() as (connection, now):
        case = await resolve(connection, invoice, now)
        happened = await timeline(connection, case.case_id)
    fields = output.fields_of(case)
    if output.in_json():
        output.answer(fields | {"timeline": happened})
        return 0
    standing = [{"what": name.replace("_", " "), "is": value} for name, value in fields.items() if name != "case_id"]
    output.answer_table(
        {}, [row for row in standing if row["is"] not in (None, False)], title=f"invoice {case.invoice}"
    )
    output.answer_table({}, happened, title="timeline", empty="nothing has happened yet")
    return 0


@command(app, "list")
async def list_cases(
    where: Annotated[str, typer.Option("--where", help=HELP)] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    all_: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
) -> None:
    """The cases that a filter describes, those that act soonest first; open ones unless told otherwise."""
    wanted = filter_of(where)
    async with transaction() as (connection, _):
        cases, total = await matching(connection, wanted, closed=all_, most=limit)
    shown = [
        {
            "invoice": f"{case.creditor}/{case.invoice}",
            "due": case.due_date,
            "balance": f"{case.balance} {case.currency}",
            "state": case.outcome or case.state,
            "step": case.next_step,
            "next": case.next_kind,
            "at": case.next_at,
            "flag": case.flag,
            "hold": case.on_hold,
            "disputed": case.disputed,
        }
        for case in cases
    ]
    output.answer_table({"total": total, "cases": cases}, shown, title=f"{len(cases)} of {total}", empty="no such case")
