"""The values that the database keeps: every database of the tests refuses what `stored.yaml` does not know."""

from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg.sql import SQL, Identifier, Literal

STORED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "stored.yaml").read_text(encoding="utf-8"))


def values(column: str) -> set[str]:
    """The values of a column; one that lists another column's values has these too."""
    return set(_flat(STORED["values"][column]))


def guard_stored_values(database_url: str) -> None:
    """Let a test's database refuse every other value: whoever renames one hears of it from the first test that writes."""
    sources: dict[str, str] = STORED["source_ids"]
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        for column in STORED["values"]:
            table, name = column.split(".")
            among = SQL("{} = any({})").format(Identifier(name), Literal(sorted(values(column))))
            _check(connection, table, column, among)
        known = SQL("payment_id is not null or source = any({})").format(Literal(list(sources)))
        _check(connection, "ledger_entry", "ledger_entry.source", known)
        for source, shape in sources.items():
            shaped = SQL("source <> {} or source_id ~ {}").format(Literal(source), Literal(shape))
            _check(connection, "ledger_entry", f"source_id of {source}", shaped)
        for column, shape in STORED["shapes"].items():
            table, name = column.split(".")
            _check(connection, table, column, SQL("{} ~ {}").format(Identifier(name), Literal(shape)))


def _check(connection: psycopg.Connection, table: str, name: str, condition: Any) -> None:
    add = SQL("alter table {} add constraint {} check ({})")
    connection.execute(add.format(Identifier(table), Identifier(f"stored values: {name}"), condition))


def _flat(given: list[Any]) -> list[str]:
    return [value for each in given for value in (_flat(each) if isinstance(each, list) else [each])]
