"""The page of reports: each with a sentence, a plot and a table, for a screen, a phone and paper. It has no script."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from views.reports.own_currency import FROM
from views.reports.report import CREDITOR, CURRENCY, Column, Report, Row
from web.pages import html
from web.plots import Bar, bars


def written(reports: Sequence[Report]) -> str:
    """The page of these reports, all of the same creditors and of one day."""
    creditors = [each.creditor for each in reports[0].asked]
    return html(
        "reports.html.j2",
        language="en",
        as_of=max((each.on for each in reports[0].asked), default=None),
        creditors=[
            {"name": creditor, "reports": [shown(report, creditor) for report in reports]} for creditor in creditors
        ],
    )


def shown(report: Report, creditor: str, say: Callable[[str], str] = str) -> Mapping[str, Any]:
    """A report as a page shows it for one creditor; `say` says what is English in its reader's language."""
    spec = report.spec
    rows = [row for row in report.rows if row[CREDITOR.name] == creditor]
    columns = [column for column in spec.columns if column is not CREDITOR]
    (asked,) = (each for each in report.asked if each.creditor == creditor)
    return {
        "name": spec.name,
        "title": say(spec.title),
        "since": asked.since,
        "sentence": say(report.sentences[creditor]),
        "plots": [
            (currency, bars(f"{say(spec.title)}: {currency}".rstrip(": "), of))
            for currency, of in _plots(report, rows, say)
        ],
        "columns": [(say(_called(column.name)), column) for column in columns],
        "rows": [[(say(_written(row[column.name], column)), column) for column in columns] for row in rows],
        "formula": spec.formula,
    }


def _plots(report: Report, rows: Sequence[Row], say: Callable[[str], str]) -> Iterator[tuple[str, list[Bar]]]:
    """What is drawn of each currency, since amounts of two are never compared."""
    along, drawn = report.spec.drawn
    units = {column.name: column for column in report.spec.columns}
    for currency, each in groupby(rows, _of_currency):
        of = list(each)
        apart = _apart(of, [along, *(name for name, column in units.items() if column.unit == "text")])
        found = [
            Bar(
                _label(", ".join(say(f"{row[name]}") for name in apart), say(_called(name)), along, drawn),
                Decimal(row[name]),
                say(_written(row[name], units[name])),
                drawn.index(name),
            )
            for row in of
            for name in drawn
            if row[name] is not None
        ]
        yield currency, found


def _apart(rows: Sequence[Row], names: Sequence[str]) -> Sequence[str]:
    """By which of some columns rows are called: by the first, and by the one that tells apart those that are alike in it."""
    along, *others = names
    for name in others:
        if len({(row[along], row[name]) for row in rows}) > len({row[along] for row in rows}):
            return [along, name]
    return [along]


def _of_currency(row: Row) -> str:
    """The currency of a row, and the one that it was converted from: sums of several are drawn apart."""
    return ", ".join(filter(None, (row.get(CURRENCY.name, ""), row.get(FROM.name, ""))))


def _label(along: str, name: str, by: str, drawn: Sequence[str]) -> str:
    """What a bar is called: by its row, by its column where only those differ, or by both."""
    if by == CURRENCY.name:
        return name
    return along if len(drawn) == 1 else f"{along}, {name}"


def _called(name: str) -> str:
    return name.replace("_", " ")


def _written(value: Any, column: Column) -> str:
    match value, column.unit:
        case None, _:
            return "-"
        case _, "amount":
            return f"{value:,.2f}"
        case _, "percent":
            return f"{value} %"
        case _, "count":
            return f"{value:,}"
    return str(value)
