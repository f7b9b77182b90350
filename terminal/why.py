"""Why a case does what it does, and why a debtor was written to."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from facts import clock
from terminal import output
from terminal.cases import resolve
from terminal.connection import command, parts
from terminal.output import Refusal
from views import why as view

app = typer.Typer()


@command(app, "why")
async def why(
    name: Annotated[
        str,
        typer.Argument(
            metavar="INVOICE|DELIVERY",
            help="NUMBER or CREDITOR/NUMBER: what comes next. A delivery's id: why it was sent.",
        ),
    ],
) -> None:
    """The step, the facts, each rule with its source and whether it is verified, and what would change it."""
    async with parts() as here, here.database.transaction() as connection:
        delivery = _delivery(name)
        found: view.Why | None
        if delivery is None:
            case = await resolve(connection, name)
            now = await clock.now(connection, case.creditor)
            found = await view.why_next(connection, here.planning, case.case_id, now)
        else:
            now = await clock.now_for(connection, "delivery", delivery)
            found = await view.why_sent(connection, here.planning, delivery, None, now)
        if found is None:
            raise Refusal(f"no delivery {name}: `starter.py list deliveries` shows their ids")
    output.answer(asdict(found), "\n".join(view.in_words(found)))


def _delivery(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
