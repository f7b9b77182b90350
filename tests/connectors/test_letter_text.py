"""What stands in a letter, whatever the file is."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from connectors.letter_text import LONGEST, Letter, Unread, read_letter


def scanned(*lines: str, password: str | None = None, pages: int = 1) -> bytes:
    """A PDF that says this on its first page."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    if lines and pages:
        font = {"/Type": NameObject("/Font"), "/Subtype": NameObject("/Type1"), "/BaseFont": NameObject("/Helvetica")}
        named = DictionaryObject({NameObject(key): value for key, value in font.items()})
        fonts = DictionaryObject({NameObject("/F1"): named})
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = StreamObject()
        stream.set_data(f"BT /F1 10 Tf 50 800 Td {shown} ET".encode("latin-1"))
        page = writer.pages[0]
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password)
    into = BytesIO()
    writer.write(into)
    return into.getvalue()


async def test_the_text_layer_is_read() -> None:
    letter = await read_letter(scanned("Hei, jeg er uenig.", "KID 006402710013"))
    assert letter.text == "Hei, jeg er uenig.\nKID 006402710013"
    assert letter.unread is None


@pytest.mark.parametrize(("pdf", "why"), [
    (scanned("hemmelig", password="x"), Unread.ENCRYPTED),
    (scanned(pages=0), Unread.NO_PAGES),
    (scanned(), Unread.NO_TEXT),
    (b"%PDF-1.7\nnothing of it\n%%EOF", Unread.DAMAGED),
    (b"", Unread.DAMAGED),
])  # fmt: skip
async def test_what_cannot_be_read_says_why(pdf: bytes, why: Unread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert await read_letter(pdf) == Letter("", why)


async def test_pages_of_pictures_are_recognised_where_the_program_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ocrmypdf"
    program.write_text('#!/bin/sh\nprintf "Fra papir\\001 KID 1" > "$5"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert (await read_letter(scanned())).text == "Fra papir KID 1"
    program.write_text("#!/bin/sh\nexit 3\n")
    assert (await read_letter(scanned())).unread is Unread.NO_TEXT
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr("connectors.letter_text._OCR_PATIENCE", 0.2)
    assert (await read_letter(scanned())).unread is Unread.TOO_SLOW


async def test_a_letter_without_an_end_is_cut() -> None:
    assert len((await read_letter(scanned(*["x" * 90] * 400))).text) <= LONGEST
