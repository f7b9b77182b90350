"""A report in its creditor's own currency, by the rates of its day that were told: what has none stays as it is, and says so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.exchange_rates import ExchangeRate
from facts.money import exchange_rates
from views.reports.report import CREDITOR, CURRENCY, Column, Report, Row

FROM: Final = Column(
    "converted_from", "text", "The currency that its amounts were in; empty where nothing was converted."
)
ALL: Final = "all"


async def in_own_currency(connection: AsyncConnection, report: Report) -> Report:
    """The same report with the amounts of each creditor in its own currency, at the rates of the day that it is of.

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
        rates = await exchange_rates.of_day(connection, asked.creditor, own, asked.on)
        of = [row for row in report.rows if row[CREDITOR.name] == asked.creditor]
        converted = [_converted(row, columns, own, rates) for row in of]
        rows += converted
        strange = sorted({row[CURRENCY.name] for row in of if row[CURRENCY.name]} - {own})
        missing = [currency for currency in strange if currency not in rates]
        if report.spec.adds_up and strange and not missing:
            rows.append(_sum(converted, columns, asked.creditor, own))
        said = [f"at {rates[currency].in_words()}" for currency in strange if currency in rates]
        said += [
            f"no rate from {currency} to {own} was told of {asked.on}: it stays in {currency}" for currency in missing
        ]
        sentences[asked.creditor] = "; ".join([sentences[asked.creditor], *said])
    spec = replace(report.spec, columns=columns)
    return replace(report, spec=spec, rows=rows, sentences=sentences)


def _converted(row: Row, columns: Sequence[Column], own: str, rates: Mapping[str, ExchangeRate]) -> Row:
    rate = rates.get(row[CURRENCY.name])
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
