"""Many cases by a filter: read soon, for whoever only looks waits for no rules."""

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from facts.operations.stops import Stop, list_stops
from terminal import output
from terminal.connection import command, transaction
from terminal.values import fields_of
from terminal.where import COUNTED, HELP, filter_of, matching
from views.status import CaseStatus

app = typer.Typer()

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
    found = [fields_of(case) | {"stopped": stopping(case, stops)} for case in cases]
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
    words += [f"stopped: {stop}" for stop in stopping(case, stops)]
    return ", ".join(filter(None, words))


def stopping(case: CaseStatus, stops: Sequence[Stop]) -> list[str]:
    """The stop switches that cover an open case, in words."""
    mine = (stop for stop in stops if case.state == "open" and stop.covers(case.creditor, case.policy))
    return [f"{stop.scope} {stop.key}".strip() for stop in mine]
