"""Rates of exchange: told from a CSV file, by day and source, and what is known."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from connectors.csv_rows import Row, read_rows
from domain.money.exchange_rates import IncomingRate
from facts.invoices.invoices import find_creditor
from facts.money import exchange_rates
from terminal import output, parse
from terminal.connection import command, transaction
from terminal.output import Refusal

app = typer.Typer()
rates = typer.Typer(help="Rates of exchange, for reports in a creditor's own currency: add, list.")
app.add_typer(rates, name="rates")

COLUMNS: Final = ("currency", "on", "rate", "source")
MOST_LISTED: Final = 500


@command(rates, "add")
async def add(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns currency, on, rate, source.")],
    creditor: Annotated[str, typer.Option(help="Whose own currency they are into: its id.")],
    by: Annotated[str, typer.Option(help="Who tells them.")],
) -> None:
    """Keep rates: what one unit of a currency was worth in the creditor's own on a day. All are kept, or none."""
    (found,) = parse.existing([path])
    try:
        told = [_rate(path, row) for row in read_rows(found, "rates", "currency", COLUMNS, COLUMNS)]
    except (ValueError, OSError) as wrong:
        raise Refusal(f"{path}: the file {wrong}: nothing is kept") from wrong
    async with transaction() as (connection, now):
        owner = (await find_creditor(connection, creditor)).id
        new = await exchange_rates.tell(connection, owner, told, by, now)
    output.answer({"new": new, "known": len(told) - new}, f"{new} kept, {len(told) - new} known")


@command(rates, "list")
async def list_(creditor: Annotated[str, typer.Option(help="Whose: its id.")]) -> None:
    """The rates that were told last, the newest first: of two of one day the one that was told later counts."""
    async with transaction() as (connection, _):
        owner = (await find_creditor(connection, creditor)).id
        found = await exchange_rates.latest(connection, owner, MOST_LISTED)
    entries = [
        {
            "currency": each.rate.currency,
            "into": each.rate.into,
            "on": each.rate.on,
            "rate": each.rate.rate,
            "source": each.rate.source,
            "by": each.by,
            "told_at": each.at,
        }
        for each in found
    ]
    output.answer_table({"rates": entries}, entries, title="Rates of exchange", empty="no rates were told")


def _rate(path: Path, row: Row) -> IncomingRate:
    if row.reason:
        raise Refusal(f"{path}: line {row.line} {row.reason}: nothing is kept")
    try:
        return IncomingRate.model_validate(row.cells)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        raise Refusal(f"{path}: line {row.line}: {where}: {first['msg']}: nothing is kept") from wrong
