"""What stands in a letter that was scanned: its text layer, else what `ocrmypdf` reads where that is installed.

A stranger made the file: it is opened in a process of its own, with little memory and little time.
"""

import asyncio
import json
import os
import resource
import shutil
import signal
import sys
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pypdf import PdfReader

LONGEST: Final = 20_000  # characters that are kept
MOST_PAGES: Final = 50  # that are read
_SECONDS, _MEMORY, _PATIENCE = 10, 1_000_000_000, 30
_OCR_PATIENCE = 180  # seconds


class Unread(StrEnum):
    """Why nothing could be read in a letter: a person opens it."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    NO_PAGES = "no pages"
    NO_TEXT = "no text"
    TOO_SLOW = "too slow"


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands in a letter; `unread` where that is nothing."""

    text: str
    unread: Unread | None = None


async def read_letter(pdf: bytes) -> Letter:
    """Read a PDF. It takes seconds, or minutes where its pages are pictures: never within a transaction."""
    told = await _run((sys.executable, "-I", __file__), pdf, _PATIENCE)
    if told is None:
        return Letter("", Unread.TOO_SLOW)
    try:
        answer = json.loads(told)
    except ValueError:  # it was ended for what it took
        return Letter("", Unread.DAMAGED)
    if answer.get("why") == Unread.NO_TEXT and (program := shutil.which("ocrmypdf")):
        return await _recognised(program, pdf)
    return Letter(answer.get("text", ""), Unread(answer["why"]) if "why" in answer else None)


async def _recognised(program: str, pdf: bytes) -> Letter:
    with TemporaryDirectory() as place:
        given, text = Path(place) / "in.pdf", Path(place) / "out.txt"
        await asyncio.to_thread(given.write_bytes, pdf)
        how = (
            "--skip-text",
            "-l",
            "nor+eng",
            "--sidecar",
            str(text),
            "--pages",
            f"1-{MOST_PAGES}",
            "--output-type",
            "none",
        )
        ran = await _run((program, *how, str(given), "-"), b"", _OCR_PATIENCE)
        if ran is None:
            return Letter("", Unread.TOO_SLOW)
        found = await asyncio.to_thread(_text_in, text)
    return Letter(found) if found else Letter("", Unread.NO_TEXT)


def _text_in(file: Path) -> str:
    return _plain(file.read_text("utf-8", "replace")) if file.exists() else ""


async def _run(command: tuple[str, ...], given: bytes, patience: float) -> bytes | None:
    """What a program answers; None where it takes too long, and it is ended with all that it has started."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(patience):
            told, _ = await process.communicate(given)
    except TimeoutError:
        return None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return told


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    print(json.dumps(_answer(sys.stdin.buffer.read())))


def _answer(pdf: bytes) -> dict[str, str]:
    try:
        reader = PdfReader(BytesIO(pdf))
        if reader.is_encrypted:
            return {"why": Unread.ENCRYPTED}
        if not len(reader.pages):
            return {"why": Unread.NO_PAGES}
        text, left = list[str](), LONGEST
        for number, page in enumerate(reader.pages):
            if number >= MOST_PAGES or left <= 0:
                break
            text.append(_plain(page.extract_text())[:left])
            left -= len(text[-1])
        found = "\n".join(filter(None, text))
        return {"text": found} if found else {"why": Unread.NO_TEXT}
    except Exception:  # a reader of other people's files meets every error there is
        return {"why": Unread.DAMAGED}


def _plain(text: str) -> str:
    """Text that can be stored: of surrogates, zeros and control signs nothing is left."""
    kept = "".join(sign for sign in text if sign.isprintable() or sign == "\n")
    return "\n".join(filter(None, (" ".join(line.split()) for line in kept.split("\n"))))[:LONGEST]


if __name__ == "__main__":
    _main()
