"""Looking at a case: where it stands, and everything that happened in it."""

import re
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from config.files import HOME, read_laws
from facts import clock
from facts.cases.load import workflow_id
from facts.operations.stops import list_stops
from facts.parties.relations import at_stake
from terminal import output
from terminal.case_list import stopping
from terminal.connection import command, transaction
from terminal.output import Refusal
from terminal.values import fields_of
from views.diary import story
from views.status import CaseStatus, creditors_of, status, timeline

app = typer.Typer()

CASE_ID = re.compile(r"dunning/([^/]+)/(.+)")

Invoice = Annotated[str, typer.Argument(help="NUMBER, or CREDITOR/NUMBER where several creditors have that number.")]


async def resolve(connection: AsyncConnection, name: str) -> CaseStatus:
    """The case that NUMBER, CREDITOR/NUMBER or a case's id names, at its creditor's own moment; refuses what names none or
    several. Creditors choose their numbers, also such as read as another's case; an id names one case and no other.
    """
    id, named = CASE_ID.fullmatch(name), [(each, name) for each in await creditors_of(connection, name)]
    if id and (only := await _status(connection, *id.groups())):
        return only
    creditor, _, number = name.partition("/")
    read = [(creditor, number), *named] if number else named
    found = [case for of, which in read if (case := await _status(connection, of, which)) is not None]
    if not found:
        raise Refusal(f"no invoice {name}: import it first, or see `starter.py list` for what there is")
    if len(found) > 1:
        told = [f"{case.creditor}/{case.invoice}" for case in found]
        choices = " or ".join(told if name not in told else [workflow_id(c.creditor, c.invoice) for c in found])
        raise Refusal(f"invoice {name} is not the only one of that number: write {choices}")
    return found[0]


async def _status(connection: AsyncConnection, creditor: str, number: str) -> CaseStatus | None:
    return await status(connection, creditor, number, await clock.now(connection, creditor))


@command(app, "status")
async def show_status(invoice: Invoice) -> int:
    """Where a case stands and everything that happened in it. Needs no server and no worker."""
    async with transaction() as (connection, _):
        case = await resolve(connection, invoice)
        happened = await timeline(connection, case.case_id) if not output.in_words() else []
        lines = await story(connection, case.case_id, read_laws()[HOME].calendar) if output.in_words() else []
        stops = stopping(case, await list_stops(connection))
        lost = await at_stake(connection, case.case_id, await clock.now(connection, case.creditor))
    fields = fields_of(case) | {"stopped": stops, "lost_customer_cost": [str(each) for each in lost]}
    if not output.in_words():
        output.answer(fields | {"timeline": happened}, records=happened)
        return 0
    standing = [{"what": name.replace("_", " "), "is": value} for name, value in fields.items() if name != "case_id"]
    output.answer_table(
        {}, [row for row in standing if row["is"] not in (None, False, [])], title=f"invoice {case.invoice}"
    )
    told = [{"at": line.at, "what happened": line.words} for line in lines]
    output.answer_table({}, told, title="\ntimeline", empty="nothing has happened yet")
    return 0
