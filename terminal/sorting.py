"""Messages of a file sorted by what they say: one line in, one line out, and no database is asked."""

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from terminal import output
from terminal.output import Refusal

app = typer.Typer()

SHOWN = 10  # bad lines that are named
OFTEN = 50  # messages between two words of progress
MANY = 100  # messages for which every processor is worth a second to start; each is some 200 MB
MOST_AT_ONCE = 4


class Message(NamedTuple):
    """A line of the file."""

    id: str | int
    text: str


@app.command("sort")
def sort(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE.jsonl", help='One message a line, {"id": …, "text": …}; - for what is piped in.'),
    ],
) -> None:
    """What messages are about, and which of them stop reminders; with --json a line for each, in the order of the file."""
    messages = list(_read(file))
    rows = _told(_in_order(messages), len(messages))
    if output.in_json():
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        return
    shown = [
        row | {"classes": ", ".join(f"{kind} {chance:.0%}" for kind, chance in row["classes"]), "stop": row["stop"]}
        for row in rows
    ]
    output.answer_table({"messages": shown}, shown, empty="no messages")


def _sorted(message: Message) -> dict[str, Any]:
    from prediction.words.sorting import sort_message  # nothing else that is typed waits for what was learned

    found = sort_message(message.text)
    classes = [[str(kind), round(chance, 4)] for kind, chance in found.classes]
    return {"id": message.id, "classes": classes, "stop": found.stop}


def _in_order(messages: list[Message]) -> Iterator[dict[str, Any]]:
    """What each message is about, in the order of the file; of many, on every processor."""
    processors = min(len(os.sched_getaffinity(0)), MOST_AT_ONCE)
    if len(messages) < MANY or processors == 1:
        yield from map(_sorted, messages)
        return
    with ProcessPoolExecutor(processors, get_context("spawn")) as pool:
        yield from pool.map(_sorted, messages, chunksize=10)


def _told(rows: Iterator[dict[str, Any]], many: int) -> Iterator[dict[str, Any]]:
    """The same, and on stderr how far it is where there are many."""
    for done, row in enumerate(rows, 1):
        if done % OFTEN == 0:
            output.hint(f"sorted {done} of {many}")
        yield row


def _read(file: str) -> list[Message]:
    """The messages of a file; all of it is refused where a line is none, before the first is sorted."""
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}") from error
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    messages: list[Message] = []
    wrong: list[str] = []
    first: dict[str | int, int] = {}
    for number, line in enumerate(lines, 1):
        try:
            message = _message(line)
            if (before := first.setdefault(message.id, number)) != number:
                raise ValueError(f"the id {message.id!r} stands in line {before} already")
            messages.append(message)
        except ValueError as why:
            wrong.append(f"line {number}: {why}")
    if wrong:
        more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        named = "standard input" if file == "-" else file
        raise Refusal(f"{named} is refused, and nothing was sorted: {'; '.join(wrong[:SHOWN])}{more}")
    return messages


def _message(line: bytes) -> Message:
    """A line as a message. Raises ValueError that says what is missing."""
    if not line.strip():
        raise ValueError("it is empty")
    try:
        read = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError("it is no JSON") from error
    if not isinstance(read, dict):
        raise ValueError('it is no object: write {"id": "1", "text": "…"}')
    id_, text = read.get("id"), read.get("text")
    if isinstance(id_, bool) or not isinstance(id_, str | int) or id_ == "":
        raise ValueError('"id" must be a text or a whole number')
    if isinstance(id_, str) and id_.encode("utf-8", "replace").decode() != id_:
        raise ValueError('"id" holds half of a sign, which cannot be written')
    if not isinstance(text, str):
        raise ValueError('"text" must be a text')
    return Message(id_, text)
