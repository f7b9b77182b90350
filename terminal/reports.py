"""Reports: what a credit manager reads, of any past day."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from facts.invoices.invoices import find_creditor
from terminal import output, parse
from terminal.connection import command, snapshot
from terminal.output import Misuse, Refusal
from views.reports.automated_decisions import AUTOMATED
from views.reports.own_currency import in_own_currency
from views.reports.registry import REPORTS
from views.reports.report import Report, live_creditors, make

app = typer.Typer()


@command(app, "report")
async def report(
    name: Annotated[
        str | None, typer.Argument(metavar="REPORT", help=f"Which: {', '.join(REPORTS)}; left out, with --html all.")
    ] = None,
    creditor: Annotated[str | None, typer.Option(help="Only this creditor's.")] = None,
    as_of: Annotated[
        date | None, typer.Option("--as-of", parser=parse.day, metavar="DAY", help="As it was known that day.")
    ] = None,
    since: Annotated[
        date | None,
        typer.Option(
            parser=parse.day, metavar="DAY", help="The first day that is counted; else the report's usual days."
        ),
    ] = None,
    own_currency: Annotated[
        bool,
        typer.Option(
            "--own-currency", help="In the creditor's own currency, at the rates of the day: see `rates add`."
        ),
    ] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots to read and print.")
    ] = None,
) -> None:
    """A report of today or a past day, with what it comes to in a sentence; or all of them as a page."""
    if name is not None and name not in REPORTS:
        raise Misuse(f"there is no report {name}; there are {', '.join(REPORTS)}")
    if name is None and html is None:
        raise Misuse(f"name a report, or a file with --html: there are {', '.join(REPORTS)}")
    specs = list(REPORTS.values()) if name is None else [REPORTS[name]]
    async with snapshot() as connection:
        creditors = [(await find_creditor(connection, creditor)).id] if creditor else await live_creditors(connection)
        reports = [await make(connection, spec, creditors, as_of, since) for spec in specs]
        if own_currency:
            reports = [await in_own_currency(connection, each) for each in reports]
    if html is None:
        _tell(reports[0])
        return
    from web.report_page import written  # the web's libraries: who reads in the terminal waits for none of them

    try:
        html.write_text(written(reports), "utf-8")
    except OSError as wrong:
        raise Refusal(f"{html} cannot be written: {wrong.strerror}") from wrong
    output.answer({"file": str(html), "reports": [spec.name for spec in specs]}, f"written: {html}")


@command(app, "register")
async def register(
    creditor: Annotated[str | None, typer.Option(help="Only this creditor's.")] = None,
    as_of: Annotated[
        date | None, typer.Option("--as-of", parser=parse.day, metavar="DAY", help="As it was known that day.")
    ] = None,
    since: Annotated[
        date | None, typer.Option(parser=parse.day, metavar="DAY", help="The first day that is counted.")
    ] = None,
) -> None:
    """Every kind of decision about a person that Purr makes by itself: by what, on what ground, and how often."""
    async with snapshot() as connection:
        creditors = [(await find_creditor(connection, creditor)).id] if creditor else await live_creditors(connection)
        made = await make(connection, AUTOMATED, creditors, as_of, since)
    _tell(made)


def _tell(made: Report) -> None:
    document = {
        "report": made.spec.name,
        "columns": [{"name": column.name, "unit": column.unit} for column in made.spec.columns],
        "rows": made.rows,
        "sentences": made.sentences,
        "formula": made.spec.formula,
    }
    output.answer_table(document, made.rows, title=made.spec.title, empty="no rows")
    if output.in_words():
        print("\n".join(f"{owner}: {said}" for owner, said in made.sentences.items()))
