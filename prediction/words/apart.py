"""Learning in a process of its own: what sorts goes on meanwhile, and what it needs is given back when it ends.

`python -m prediction.words.apart` reads what was confirmed from stdin and answers with lines of progress, and then what it
learned; nothing of it is on a disk.
"""

import asyncio
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import orjson

from domain.parties.message_classes import MessageClass
from facts.prediction.confirmed import Confirmed
from facts.prediction.versions import Trained
from prediction.words.code import code
from prediction.words.learning import Learned, data_hash, examples_of, learn_anew
from prediction.words.model import Example, read_examples
from prediction.words.train import Progress, look_at

LONGEST_LINE = 2**26  # bytes: what was learned is one line
NICER = 10  # than what sorts meanwhile


class LearningFailedError(Exception):
    """The process that learned ended without an answer."""


async def learn_apart(told: Sequence[Confirmed], known: Sequence[Confirmed], progress: Progress) -> Trained:
    """Learn in a process of its own, which ends with whoever waits for it. Raises LearningFailedError."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "prediction.words.apart"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )
    try:
        answer = asyncio.create_task(_answer(process, progress))
        assert process.stdin is not None
        with suppress(BrokenPipeError, ConnectionResetError):  # it ended early: that it has no answer says so
            process.stdin.write(orjson.dumps({"told": _written(told), "known": _written(known)}))
            await process.stdin.drain()
            process.stdin.close()
        learned = await answer
    except BaseException:  # nobody waits for it any more
        with suppress(ProcessLookupError):
            process.kill()
        raise
    finally:
        await process.wait()  # one that ended by itself is not killed besides: how it ended is known once
    if learned is None:
        raise LearningFailedError(f"what learns ended with {process.returncode} and without an answer")
    return Trained("words", data_hash(told), code(), learned.metrics, learned.weights, learned.why)


async def _answer(process: asyncio.subprocess.Process, progress: Progress) -> Learned | None:
    assert process.stdout is not None
    async for line in process.stdout:
        said = orjson.loads(line)
        if "done" not in said:
            return Learned(said["metrics"], b64decode(said["weights"]), said["why"])
        progress(said["what"], said["done"], said["of"])
    return None


def _written(confirmed: Sequence[Confirmed]) -> list[tuple[str, str, list[str]]]:
    return [(each.language, each.text, sorted(each.classes)) for each in examples_of(confirmed)]


def _read(written: Sequence[tuple[str, str, list[str]]]) -> list[Example]:
    return [Example(language, words, frozenset(map(MessageClass, kinds))) for language, words, kinds in written]


def _say(said: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(said) + b"\n")
    sys.stdout.flush()


def main() -> None:
    """Learn what stdin tells, and answer on stdout."""
    os.nice(NICER)
    given = orjson.loads(sys.stdin.buffer.read())
    told, known = _read(given["told"]), _read(given["known"])

    def progress(what: str, done: int, of: int) -> None:
        _say({"what": what, "done": done, "of": of})

    ours, theirs = look_at(list(read_examples()), progress), look_at(told, progress)
    learned = learn_anew(ours, theirs, known, progress)
    _say({"metrics": learned.metrics, "why": learned.why, "weights": b64encode(learned.weights).decode()})


if __name__ == "__main__":
    main()
