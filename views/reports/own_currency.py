"""A report in its creditor's own currency, by the rates of its days that were told: what has none stays as it is, and says so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.exchange_rates import ExchangeRate
from facts.money import exchange_rates
from views.reports.report import CREDITOR, CURRENCY, Asked, Column, Report, Row

FROM: Final = Column(
    "converted_from", "text", "The currency that its amounts were in; empty where nothing was converted."
)
ALL: Final = "all"
MONTH: Final = "month"
"""What a report calls the month that a row of it is of."""


async def in_own_currency(connection: AsyncConnection, report: Report) -> Report:
    """The same report with the amounts of each creditor in its own currency, at the rates of the day that each row is of.

    A row of a month is of that month's last day, or of the report's where that is earlier; any other of the report's.
    Where a report's rows of several currencies may be added, their sum stands in a last row. A report without currencies
    stays as it is.
    """
    before = report.spec.columns
    names = [column.name for column in before]
    if CURRENCY.name not in names:
        return report
    place = names.index(CURRENCY.name) + 1
    columns = [*before[:place], FROM, *before[place:]]
    rows: list[Row] = []
    sentences = dict(report.sentences)
    for asked in report.asked:
        own = await exchange_rates.own_currency(connection, asked.creditor)
        of = [row for row in report.rows if row[CREDITOR.name] == asked.creditor]
        rates = await _rates(connection, asked, own, of)
        converted = [_converted(row, columns, own, rates[_needed(row, asked)]) for row in of]
        rows += converted
        strange = sorted(key for key in rates if key[0] not in (None, own))
        missing = [key for key in strange if rates[key] is None]
        if report.spec.adds_up and strange and not missing:
            rows.append(_sum(converted, columns, asked.creditor, own))
        by_month = MONTH in names
        said = [
            f"at {rate.in_words()}{f' on {rate.on}' if by_month else ''}" for key in strange if (rate := rates[key])
        ]
        said += [
            f"no rate from {currency} to {own} was told of {day}: it stays in {currency}" for currency, day in missing
        ]
        sentences[asked.creditor] = "; ".join([sentences[asked.creditor], *said])
    spec = replace(report.spec, columns=columns)
    return replace(report, spec=spec, rows=rows, sentences=sentences)


async def _rates(
    connection: AsyncConnection, asked: Asked, own: str, rows: Sequence[Row]
) -> dict[tuple[str | None, date], ExchangeRate | None]:
    """The rate of each currency and day that rows need; None where none was told, or none is needed."""
    needed = {_needed(row, asked) for row in rows}
    of_days = {
        day: await exchange_rates.of_day(connection, asked.creditor, own, day) for day in {day for _, day in needed}
    }
    return {(currency, day): of_days[day].get(currency or "") for currency, day in needed}


def _needed(row: Row, asked: Asked) -> tuple[str | None, date]:
    """The currency of a row, and the day whose rate is its."""
    month = row.get(MONTH)
    if month is None:
        return row[CURRENCY.name], asked.on
    last = date.fromisoformat(f"{month}-01") + timedelta(days=31)
    return row[CURRENCY.name], min(asked.on, last.replace(day=1) - timedelta(days=1))


def _converted(row: Row, columns: Sequence[Column], own: str, rate: ExchangeRate | None) -> Row:
    found = {**row, FROM.name: ""}
    if rate is not None:
        found |= {CURRENCY.name: own, FROM.name: rate.currency}
        for column in columns:
            if column.unit == "amount" and row[column.name] is not None:
                found[column.name] = rate.converted(row[column.name])
    return {column.name: found[column.name] for column in columns}


def _sum(rows: Sequence[Row], columns: Sequence[Column], creditor: str, own: str) -> Row:
    said = {CREDITOR.name: creditor, CURRENCY.name: own, FROM.name: ALL}
    return {column.name: said.get(column.name) or sum(row[column.name] for row in rows) for column in columns}
