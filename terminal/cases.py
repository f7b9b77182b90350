"""Looking at cases: one with its timeline, many by filters."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from config.files import HOME, read_laws
from facts import clock
from facts.cases.load import workflow_id
from facts.operations.stops import Stop, list_stops
from facts.parties.relations import at_stake
from terminal import output
from terminal.connection import command, transaction
from terminal.output import Refusal
from terminal.values import fields_of
from terminal.where import COUNTED, HELP, filter_of, matching
from views.diary import story
from views.status import CaseStatus, creditors_of, status, timeline

app = typer.Typer()

CASE_ID = re.compile(r"dunning/([^/]+)/(.+)")

What = Literal[
    "cases",
    "deliveries",
    "letters",
    "payments",
    "refunds",
    "tasks",
    "replies",
    "debtors",
    "hand-offs",
    "bank-accounts",
]
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
        stops = _stopping(case, await list_stops(connection))
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


@command(app, "list")
async def list_(
    what: Annotated[
        What,
        typer.Argument(help="What is listed; all but cases of one creditor, newest first, in the words of the API."),
    ] = "cases",
    where: Annotated[str, typer.Option("--where", help=HELP)] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    all_: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
) -> None:
    """The cases that a filter describes, those that act soonest first; open ones unless told otherwise. Or what is of them."""
    if what != "cases":
        from terminal.listed import show  # who lists cases waits for no other lists

        await show(what, where, limit)
    else:
        await _cases(where, limit, closed=all_)


async def _cases(where: str, limit: int, *, closed: bool) -> None:
    wanted = filter_of(where)
    async with transaction() as (connection, _):
        cases, total = await matching(connection, wanted, closed=closed, most=limit)
        stops = await list_stops(connection)
    counted = max(COUNTED, limit)
    more = total > counted
    found = [fields_of(case) | {"stopped": _stopping(case, stops)} for case in cases]
    shown = [
        {
            "invoice": f"{case.creditor}/{case.invoice}",
            "due": case.due_date,
            "balance": f"{case.balance} {case.currency}",
            "next": _next(case),
            "at": case.next_at,
            "note": _note(case, stops),
        }
        for case in cases
    ]
    output.answer_table(
        {"total": min(total, counted), "more": more, "cases": found},
        shown,
        records=found,
        title=f"{len(cases)} of {f'more than {counted:,}' if more else total}",
        empty="no such case",
    )


def _next(case: CaseStatus) -> str | None:
    """What a case does next, or how it ended."""
    if case.state == "closed":
        return case.outcome
    by = f" by {case.next_channel.replace('_', ' ')}" if case.next_channel else ""
    step = (case.next_step or case.next_kind or "") + by
    return f"{case.outcome}; {step}" if case.outcome else step


def _note(case: CaseStatus, stops: Sequence[Stop]) -> str:
    """What keeps a case, in a few words."""
    words = [case.flag, "on hold" if case.on_hold else None, "disputed" if case.disputed else None]
    words += [f"stopped: {stop}" for stop in _stopping(case, stops)]
    return ", ".join(filter(None, words))


def _stopping(case: CaseStatus, stops: Sequence[Stop]) -> list[str]:
    """The stop switches that cover an open case, in words."""
    mine = (stop for stop in stops if case.state == "open" and stop.covers(case.creditor, case.policy))
    return [f"{stop.scope} {stop.key}".strip() for stop in mine]
