"""What a command says: words and tables for people, one document for machines, rows for spreadsheets, errors in one sentence."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from terminal.values import plain

if TYPE_CHECKING:
    from rich.progress import Progress

Form = Literal["table", "json", "csv"]
FORMS: tuple[Form, ...] = get_args(Form)

_state: ContextVar[Path | None] = ContextVar("state", default=None)
_form: ContextVar[Form] = ContextVar("form", default="table")


class Refusal(Exception):
    """The command was understood and is not carried out: the message is one clear sentence. Exit code 1."""


class Misuse(Exception):
    """The command was typed wrongly: the message is one clear sentence that says what to write. Exit code 2."""


def speak(typed: Sequence[str]) -> None:
    """Answer this process's commands as what was typed asks: errors too, also in what cannot be read otherwise."""
    wanted: Form = "table"
    for word, following in zip(typed, [*typed, ""][1:], strict=True):
        named = "json" if word == "--json" else following if word == "--output" else word.removeprefix("--output=")
        wanted = next((form for form in FORMS if form == named and word.startswith("--")), wanted)
    _form.set(wanted)


def work_beside(folder: Path | None) -> None:
    """Let this process's commands work beside what runs on a state folder; None where none is named."""
    _state.set(folder)


def state() -> Path | None:
    """The state folder that was typed, if one was."""
    return _state.get()


def in_json() -> bool:
    """Whether a machine listens."""
    return _form.get() == "json"


def in_words() -> bool:
    """Whether a person reads."""
    return _form.get() == "table"


def answer(document: Mapping[str, Any], words: str = "", records: Sequence[Any] | None = None) -> None:
    """The command's answer on stdout: the document for machines, the words for people.

    A spreadsheet gets the records, where there are several, else the document as one row.
    """
    if in_json():
        print(json.dumps(document, default=plain))
    elif in_words():
        if words:
            print(words)
    else:
        _csv([document] if records is None else records)


def answer_table(
    document: Mapping[str, Any],
    rows: Iterable[Any],
    *,
    records: Sequence[Any] | None = None,
    title: str = "",
    empty: str = "nothing to show",
) -> None:
    """The command's answer on stdout: the document for machines, its rows (all alike) as a table for people.

    A spreadsheet gets the records where they tell more than the rows.
    """
    shown = list(rows)
    if not in_words():
        answer(document, records=shown if records is None else records)
    elif not shown:
        print(empty)
    else:
        from terminal.tables import print_table

        print_table(shown, title)


def _csv(records: Sequence[Any]) -> None:
    from terminal.tables import print_csv

    print_csv(records)


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
        disable=not in_words() or not console.is_terminal,
    )
