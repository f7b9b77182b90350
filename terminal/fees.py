"""The fee report: whether fees bring in more than they cost to handle."""

from typing import Annotated

import typer

from config.files import HOME, read_laws
from domain.countries.calendar import add_months
from terminal import output, parse
from terminal.connection import command, transaction
from terminal.output import Misuse
from terminal.values import fields_of
from views.fee_report import FeeMonth, fee_report, verdict

app = typer.Typer()


@command(app, "fees")
async def fees(
    creditor: Annotated[str | None, typer.Option(help="Only this creditor's.")] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="MONTH", help="The first month, as 2026-07.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="MONTH", help="The last month, as 2026-09.")] = None,
) -> None:
    """Fees charged, paid, taken back and waived, month by month, against what their handling costs."""
    first = parse.month(from_) if from_ else None
    last = parse.month(to) if to else None
    if first is not None and last is not None and last < first:
        raise Misuse(f"--to {to} is before --from {from_}")
    until = add_months(last, 1) if last else None
    zone = read_laws()[HOME].calendar.zone.key
    async with transaction() as (connection, _):
        months = await fee_report(connection, zone, creditor, first, until)
    rows, said = [_row(month) for month in months], verdict(months)
    output.answer_table({"months": rows, "verdict": said}, rows, empty="no fees were charged")
    if output.in_words() and said:
        print("\n".join(said))


def _row(month: FeeMonth) -> dict[str, object]:
    return {**fields_of(month), "month": f"{month.month:%Y-%m}", "net": month.net}
