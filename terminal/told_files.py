"""Files of what a creditor tells, a line each: all that is good is kept, and a file that is none of it keeps nothing."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.told_lines import ToldLine
from terminal import output, parse
from terminal.connection import transaction
from terminal.output import Refusal

Model = TypeVar("Model", bound=BaseModel)
Take = Callable[[AsyncConnection, ToldLine[Model]], Awaitable[tuple[Literal["new", "known", "rejected"], str | None]]]


async def import_files(
    paths: Sequence[Path],
    read: Callable[[Path], Iterator[ToldLine[Model]]],
    take: Take[Model],
    what: str,
    *,
    dry_run: bool,
) -> int:
    """Take every line of some files, and say what became of each, as `what`; 1 where any was rejected.

    Refusal where one of them cannot be read: then nothing of any is kept. `dry_run`: nothing is kept at all.
    """
    entries: list[dict[str, Any]] = []
    counts = {"new": 0, "known": 0, "rejected": 0}
    async with transaction() as (connection, _):
        trial = await connection.begin_nested()
        for path in parse.existing(paths):
            try:
                for line in read(path):
                    status, why = await take(connection, line)
                    counts[status] += 1
                    told = {"file": str(path), "line": line.line, "id": line.id, "status": status, "reason": why}
                    entries.append(told)
                    if why and output.in_words():
                        print(f"rejected {path}: line {line.line}: {why}")
            except (ValueError, OSError) as wrong:
                await trial.rollback()
                raise Refusal(f"{path}: the file {wrong}: nothing is kept") from wrong
        await (trial.rollback() if dry_run else trial.commit())
    words = f"{counts['new']} {'would be kept' if dry_run else 'kept'}, {counts['known']} known, {counts['rejected']} rejected"
    output.answer(counts | {what: entries}, words, entries)
    return 1 if counts["rejected"] else 0
