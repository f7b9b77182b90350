"""The pages of PDFs from outside, written anew in a process of its own: whatever they are, the worker goes on."""

import asyncio
import base64
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from pypdf import PageObject, PdfReader, PdfWriter

MOST_PAGES = 30
"""More is no letter any more."""
_SECONDS, _MEMORY = 3, 1_000_000_000  # bytes
_PATIENCE = 10  # seconds for all of a letter: the debtor is locked meanwhile, and others wait for no more than 20
_AT_ONCE = 2**16  # bytes
_LARGEST = 20_000_000  # bytes of a PDF once it is written anew
_SHORT, _LONG = 595.3 + 6, 841.9 + 6  # points of an A4 page, and what a printer forgives


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a PDF and nothing else of it: no scripts, no files, no forms to fill in."""

    pdf: bytes
    count: int


class _UnfitError(Exception):
    """Why a PDF is not printed."""


async def pages_of(pdfs: Sequence[bytes]) -> list[Pages | str]:
    """The pages of each PDF, or in words why they cannot be printed."""
    asked = json.dumps([base64.b64encode(pdf).decode() for pdf in pdfs]).encode()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", __file__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told = bytearray()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await asyncio.gather(_give(asked, process.stdin), _hear(told, process.stdout))
                await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    whole, _, _ = bytes(told).rpartition(b"\n")  # it may have been stopped within a line
    answers: list[Pages | str] = list(map(_heard, whole.splitlines()))
    return answers + ["takes too much to read"] * (len(pdfs) - len(answers))


async def _give(asked: bytes, to: asyncio.StreamWriter) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it was stopped while it listened
        to.write(asked)
        await to.drain()
    to.close()


async def _hear(told: bytearray, of: asyncio.StreamReader) -> None:
    """Add what is told as it comes: what was answered in time counts, whatever the rest takes."""
    while more := await of.read(_AT_ONCE):
        told += more


def joined(letter: bytes, following: Sequence[bytes]) -> bytes:
    """A letter with the pages that follow it; it does not say of itself that it is PDF/A, as a letter alone does."""
    writer = PdfWriter()
    for pdf in (letter, *following):
        for page in PdfReader(BytesIO(pdf)).pages:
            writer.add_page(page)
    return _written(writer)


def _heard(line: bytes) -> Pages | str:
    answer = json.loads(line)
    return answer["why"] if "why" in answer else Pages(base64.b64decode(answer["pdf"]), answer["pages"])


def _main() -> None:
    """Answer each PDF with a line, as far as time and memory go."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for asked in json.load(sys.stdin):
        print(json.dumps(_answer(base64.b64decode(asked))), flush=True)


def _answer(pdf: bytes) -> dict[str, object]:
    try:
        writer = PdfWriter()
        for page in _pages(pdf):
            _fit(writer.add_page(page))
        written = _written(writer)
        if len(written) > _LARGEST:
            return {"why": "is too large once it is unpacked"}
        return {"pdf": base64.b64encode(written).decode(), "pages": len(writer.pages)}
    except _UnfitError as unfit:
        return {"why": str(unfit)}
    except Exception:  # a reader of other people's files meets every error there is
        return {"why": "is damaged: no page of it can be read for sure"}


def _pages(pdf: bytes) -> Iterator[PageObject]:
    if b"%%EOF" not in pdf.rstrip(b"\0 \t\r\n")[-1024:]:
        raise _UnfitError("is cut off: its end is missing")
    reader = PdfReader(BytesIO(pdf))
    if reader.is_encrypted:
        raise _UnfitError("is encrypted")
    if not (count := len(reader.pages)):
        raise _UnfitError("has no pages")
    if count > MOST_PAGES:
        raise _UnfitError(f"has {count} pages, more than the {MOST_PAGES} that go with a letter")
    for number, page in enumerate(reader.pages, 1):
        if "/Contents" in page and page.get_contents() is None:
            raise _UnfitError(f"is damaged: what stands on page {number} is missing")
        yield page


def _fit(page: PageObject) -> None:
    """Make a page that is larger than the printer's paper as small as that is."""
    short, long = sorted((float(page.mediabox.width), float(page.mediabox.height)))
    if short > _SHORT or long > _LONG:
        page.scale_by(min(_SHORT / short, _LONG / long))


def _written(writer: PdfWriter) -> bytes:
    into = BytesIO()
    writer.write(into)
    return into.getvalue()


if __name__ == "__main__":
    _main()
