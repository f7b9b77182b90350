"""Rows as people read them in eighty columns, and as spreadsheets open them."""

import csv
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from config.files import HOME
from connectors.spreadsheet import harmless
from domain.moment import moment_in
from terminal.values import fields_of, plain

SHORT = 12  # characters of what is never broken: days, amounts
LONG_WORD = 24  # characters of a word that is not broken: an invoice's number with its creditor
GAP = 2


def print_table(rows: Sequence[Any], title: str) -> None:
    """Rows that are all alike, with their columns' names; where they are too wide, one below the other."""
    written = [{name.replace("_", " "): cell(value) for name, value in fields_of(row).items()} for row in rows]
    told = [name for name in written[0] if any(row[name] for row in written)]
    shown = [{name: row[name] for name in told} for row in written]
    numbers = {name.replace("_", " ") for name, value in fields_of(rows[0]).items() if type(value) in (int, Decimal)}
    columns = {name: _Column([name, *(row[name] for row in shown)]) for name in shown[0]}
    console = Console(highlight=False)  # as wide as the terminal, or 80 columns where there is none
    left = console.width - sum(column.least + GAP for column in columns.values()) + GAP
    if title:
        console.print(Text(title))
    fits = left >= 0
    console.print(_table(shown, _widths(columns, left), numbers) if fits else _one_below_the_other(shown))


class _Column:
    """How narrow a column can be: short words and amounts stay whole, sentences break between words."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.longest = max(map(len, cells))
        word = max(len(word) for each in cells for word in each.split() or [""])
        whole = self.longest <= SHORT or (word == self.longest <= LONG_WORD)
        self.least = self.longest if whole else min(word, LONG_WORD)

    @property
    def wants(self) -> int:
        """How much wider it would have to be to break nothing."""
        return self.longest - self.least


def _widths(columns: Mapping[str, _Column], left: int) -> Mapping[str, int]:
    """How wide each column is: as narrow as it can be, and alike of what is left, but for those that want less."""
    widths = {}
    for place, (name, column) in enumerate(sorted(columns.items(), key=lambda each: each[1].wants)):
        more = min(column.wants, left // (len(columns) - place))
        widths[name], left = column.least + more, left - more
    return {name: widths[name] for name in columns}


def _table(rows: Sequence[Mapping[str, str]], widths: Mapping[str, int], numbers: Collection[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for name, width in widths.items():
        justify: JustifyMethod = "right" if name in numbers else "left"
        table.add_column(name, overflow="fold", width=width, justify=justify)
    for row in rows:
        table.add_row(*map(Text, row.values()))
    return table


def _one_below_the_other(rows: Sequence[Mapping[str, str]]) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        for name, value in row.items():
            if value:
                table.add_row(Text(name), Text(value))
        table.add_row("", "")
    return table


def print_csv(rows: Sequence[Any]) -> None:
    """Rows as a CSV file with a head, which no spreadsheet takes for formulas."""
    shown = [fields_of(row) for row in rows]
    if not shown:
        return
    heads = list(dict.fromkeys(name for row in shown for name in row))
    writer = csv.writer(sys.stdout)
    writer.writerow(heads)
    writer.writerows([_safe(row.get(name)) for name in heads] for row in shown)


def _safe(value: Any) -> str | int | Decimal:
    """A value for a spreadsheet: numbers are numbers, and text that looks like a formula begins with an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal():
            return value
        case dict() | list() | tuple() | set() | frozenset():
            written = json.dumps(value, default=plain)
        case _:
            written = str(plain(value))
    return harmless(written)


def cell(value: Any) -> str:
    """A value as people read it; a moment says its zone."""
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case datetime():
            return f"{moment_in(HOME, value).local:%Y-%m-%d %H:%M %Z}"  # whatever zone the machine is in
        case date():
            return value.isoformat()
        case Mapping():
            return ", ".join(f"{name} {part}" for name, part in value.items() if part is not None)
        case list() | tuple() | set() | frozenset():
            return ", ".join(cell(part) for part in value)
    return str(value)
