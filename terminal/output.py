"""What a command says: words and tables for people, one JSON document for machines, errors in one sentence."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from config.files import HOME
from domain.moment import moment_in

if TYPE_CHECKING:
    from rich.progress import Progress

WIDTH_OF_A_FILE = 200  # columns where the output is no terminal

_json: ContextVar[bool] = ContextVar("json", default=False)


class Refusal(Exception):
    """The command was understood and is not carried out: the message is one clear sentence. Exit code 1."""


class Misuse(Exception):
    """The command was typed wrongly: the message is one clear sentence that says what to write. Exit code 2."""


def speak_json(wanted: bool) -> None:
    """Answer this process's commands in JSON, or in words."""
    _json.set(wanted)


def in_json() -> bool:
    """Whether a machine listens."""
    return _json.get()


def answer(document: Any, words: str = "") -> None:
    """The command's answer on stdout: the document for machines, the words for people."""
    if in_json():
        print(json.dumps(document, default=_plain))
    elif words:
        print(words)


def answer_table(document: Any, rows: Iterable[Any], *, title: str = "", empty: str = "nothing to show") -> None:
    """The command's answer on stdout: the document for machines, its rows (all alike) as a table for people."""
    if in_json():
        print(json.dumps(document, default=_plain))
        return
    shown = [fields_of(row) for row in rows]
    if not shown:
        print(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left")
    for name in shown[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in shown:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE).print(table)


def fail(sentence: str) -> None:
    """An error, on stderr; for machines on stdout too."""
    print(sentence, file=sys.stderr)
    if in_json():
        print(json.dumps({"error": sentence}))


def hint(sentence: str) -> None:
    """Something a person should know besides the answer, on stderr."""
    print(sentence, file=sys.stderr)


def progress() -> "Progress":
    """A progress bar on stderr; nothing where no person looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    return Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # else what is printed belongs where stdout leads
        disable=in_json() or not console.is_terminal,
    )


def fields_of(value: Any) -> dict[str, Any]:
    """The named parts of a dataclass, a mapping or a database row."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return dict(value._asdict())


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) or hasattr(value, "_asdict"):
        return fields_of(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def _cell(value: Any) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case datetime():
            return f"{moment_in(HOME, value).local:%Y-%m-%d %H:%M}"  # whatever zone the machine is in
        case dict():
            return ", ".join(f"{name} {part}" for name, part in value.items() if part is not None)
    return str(value)
