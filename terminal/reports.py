"""Reports: what a credit manager reads, of any past day."""

from datetime import date
from typing import Annotated

import typer

from facts.invoices.invoices import find_creditor
from terminal import output, parse
from terminal.connection import command, snapshot
from terminal.output import Misuse
from views.reports.registry import REPORTS
from views.reports.report import live_creditors, make

app = typer.Typer()


@command(app, "report")
async def report(
    name: Annotated[str, typer.Argument(metavar="REPORT", help=f"Which: {', '.join(REPORTS)}.")],
    creditor: Annotated[str | None, typer.Option(help="Only this creditor's.")] = None,
    as_of: Annotated[
        date | None, typer.Option("--as-of", parser=parse.day, metavar="DAY", help="As it was known that day.")
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(parser=parse.day, metavar="DAY", help="The first day that is counted; else thirty in all."),
    ] = None,
) -> None:
    """A report of today or a past day, with what it comes to in a sentence."""
    spec = REPORTS.get(name)
    if spec is None:
        raise Misuse(f"there is no report {name}; there are {', '.join(REPORTS)}")
    async with snapshot() as connection:
        creditors = [(await find_creditor(connection, creditor)).id] if creditor else await live_creditors(connection)
        made = await make(connection, spec, creditors, as_of, since)
    document = {
        "report": name,
        "columns": [{"name": column.name, "unit": column.unit} for column in spec.columns],
        "rows": made.rows,
        "sentences": made.sentences,
        "formula": spec.formula,
    }
    output.answer_table(document, made.rows, title=spec.title, empty="no rows")
    if output.in_words():
        print("\n".join(f"{owner}: {said}" for owner, said in made.sentences.items()))
