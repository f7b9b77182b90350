"""The dated rows of a table of law, and the one way to look one up: the newest of a day that is of the kind of debtor."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from domain.vocabulary import DebtorKind

Value = TypeVar("Value")


class LawMissing(Exception):
    """The country file has no row for a day; the message names the file, the table and the row to add."""


@dataclass(frozen=True, slots=True)
class Row(Generic[Value]):
    """What holds from a day on, until a later row of the same."""

    since: date
    kind: DebtorKind
    """Of which debtors; `any` is all of them."""
    of: tuple[str, ...]
    """Of which things, where the table is of several: the trades, the charges. Empty where it is of one."""
    value: Value


@dataclass(frozen=True, slots=True)
class Rows(Generic[Value]):
    """A table of one country file: its rows in the order in which they are written."""

    file: str
    table: str
    words: str
    """What a row of it says beside its day, as who adds one writes it: `years: …`."""
    rows: tuple[Row[Value], ...] = ()

    def __iter__(self) -> Iterator[Row[Value]]:
        """Every row."""
        return iter(self.rows)

    def find(self, on: date, kind: DebtorKind = "any", of: str | None = None) -> Value | None:
        """The row of a day for a kind of debtor and a thing; None without one. Who may be a consumer is one."""
        found: Row[Value] | None = None
        for row in self.rows:
            if row.since > on or (of is not None and of not in row.of):
                continue
            if row.kind not in ("any", "consumer" if kind == "any" else kind):
                continue
            if found is None or row.since >= found.since:
                found = row
        return found.value if found else None

    def on(self, on: date, kind: DebtorKind = "any", of: str | None = None) -> Value:
        """The same; LawMissing names the row to add."""
        found = self.find(on, kind, of)
        if found is None:
            raise self.missing(on, kind, of)
        return found

    def missing(self, on: date, kind: DebtorKind = "any", of: str | None = None) -> LawMissing:
        """That a row is missing, with what to add."""
        whose = f" for {of}" if of else ""
        debtors = f" (a {kind})" if any(row.kind != "any" for row in self.rows) and kind != "any" else ""
        return LawMissing(
            f"{self.file} has no row in {self.table}{whose} on {on}{debtors}: add "
            f"`- {{from: {on}, {self.words}, verified: …}}` with what the law says"
        )
