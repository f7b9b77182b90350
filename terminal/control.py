"""What operations look at every morning: what waits, is late or stands still."""

from typing import Annotated

import typer

from config.files import HOME, read_laws
from facts import clock
from facts.invoices.invoices import find_creditor
from terminal import output
from terminal.connection import command, transaction
from views import control as view

app = typer.Typer()


@command(app, "control")
async def control(creditor: Annotated[str | None, typer.Option(help="Only this creditor's.")] = None) -> int:
    """What waits, is late or stands still, the longest waiting first, and what to do about it."""
    laws = read_laws()
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id if creditor else None
        now = await clock.now(connection, owner)
        checked = await view.control(connection, laws, laws[HOME], [owner] if owner else None, now)
    rows = [
        {"check": each.check.name, "what": found.what, "since": found.since, "do": each.check.do}
        for each in checked
        for found in each.found
    ]
    document = {"well": view.is_well(checked), "at": now, "checks": [told(each) for each in checked]}
    output.answer(document, "\n".join(view.in_words(checked, now)), rows)
    return 0 if view.is_well(checked) else 1


def told(each: view.Checked) -> dict[str, object]:
    """A check as a machine reads it."""
    words = {"name": each.check.name, "none": each.check.none, "do": each.check.do}
    return words | {"count": len(each.found), "more": each.more, "oldest": each.since, "found": each.found}
