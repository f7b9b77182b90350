"""Which past is learned from: an imported file alone, or all that is known of a creditor or of all."""

from typing import TYPE_CHECKING, Annotated

import typer

from facts import clock
from facts.invoices.invoices import find_creditor
from terminal.connection import parts
from terminal.output import Refusal

if TYPE_CHECKING:
    from prediction.history.past import Past

OfFile = Annotated[
    int | None,
    typer.Option("--history", metavar="FILE", help="An imported past alone, by its number in `history list`."),
]
OfCreditor = Annotated[
    str | None, typer.Option("--creditor", help="One creditor's facts and imported pasts, else all.")
]


async def past_of(history: int | None, creditor: str | None) -> "Past":
    """The past that is meant, as of now. Refused where both are named, the file is not kept or the creditor is not known."""
    from prediction.history.chosen import with_choices  # who only asks for help waits for nothing that reckons
    from prediction.history.imported import file_past, whole_past
    from views.prediction.tried import choices_tried

    if history is not None and creditor is not None:
        raise Refusal("--history names one file and --creditor all of a creditor's: give one of them")
    async with parts() as here:
        async with here.database.snapshot() as connection:
            if creditor is not None:
                creditor = (await find_creditor(connection, creditor)).id
            now = await clock.now(connection, creditor)
            if history is not None:
                return await file_past(connection, history, now)
            past = await whole_past(connection, now, creditor)
        return with_choices(past, await choices_tried(here.database, here.planning, now, creditor))
