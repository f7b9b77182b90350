"""The pages of other people's PDFs: taken whole, or left with a reason in words."""

import zlib
from datetime import UTC, datetime
from io import BytesIO

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from channels.foreign_pdf import MOST_PAGES, Pages, joined, pages_of

BRANCHING = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n" + b"".join(
    b"%d 0 obj <</Type/Pages/Count 1/Kids[%s]>> endobj\n" % (each, b"%d 0 R " % (each + 1) * 10)
    for each in range(2, 12)
)
BRANCHING += b"12 0 obj <</Type/Page/MediaBox[0 0 9 9]>> endobj\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF"


def a_pdf(pages: int = 1, paper: str = "a4", password: str | None = None, more: bool = False) -> bytes:
    """A PDF of so many pages, with its number on each."""
    text = "#pagebreak()".join(f"own page {number + 1}" for number in range(pages))
    source = f'#set page(paper: "{paper}")\n{text}'.encode()
    made = typst.compile(source, ignore_system_fonts=True, timestamp=datetime(2026, 3, 2, tzinfo=UTC))
    writer = PdfWriter(clone_from=BytesIO(made))
    if not pages:
        writer.remove_page(0)
    if more:
        writer.add_attachment("more.txt", b"hello")
    if password is not None:
        writer.encrypt(password, "owner")
    into = BytesIO()
    writer.write(into)
    return into.getvalue()


def endless() -> bytes:
    """A small PDF whose one page takes far too long to draw, on paper that is too large."""
    writer = PdfWriter(clone_from=BytesIO(a_pdf(paper="a3")))
    drawn = StreamObject()
    drawn[NameObject("/Filter")] = NameObject("/FlateDecode")
    drawn._data = zlib.compress(b"q Q " * 6_000_000, 1)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(drawn)
    into = BytesIO()
    writer.write(into)
    return into.getvalue()


def without_its_text(pdf: bytes) -> bytes:
    """The PDF whose page says that its text stands where there is nothing."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    missing = writer.pages[0].raw_get("/Contents")
    writer._objects[missing.idnum - 1] = None
    into = BytesIO()
    writer.write(into)
    return into.getvalue()


async def test_what_cannot_be_printed_says_why() -> None:
    why = {
        a_pdf(password="secret"): "is encrypted",
        a_pdf(password=""): "is encrypted",
        a_pdf(MOST_PAGES + 1): "has 31 pages, more than the 30 that go with a letter",
        a_pdf(0): "has no pages",
        a_pdf(3)[:-900]: "is cut off: its end is missing",
        without_its_text(a_pdf()): "is damaged: what stands on page 1 is missing",
        b"%PDF-1.7": "is cut off: its end is missing",
        b"%PDF-1.7 nothing\n%%EOF": "is damaged: no page of it can be read for sure",
        b"": "is cut off: its end is missing",
    }
    assert await pages_of(list(why)) == list(why.values())


async def test_the_pages_are_taken_and_nothing_else() -> None:
    asked = [a_pdf(2), a_pdf(2) + b"\n\0\0\0", a_pdf(2, more=True), a_pdf(2, "us-letter")]
    for pages in await pages_of(asked):
        assert isinstance(pages, Pages)
        read = PdfReader(BytesIO(pages.pdf))
        assert (pages.count, [page.extract_text() for page in read.pages]) == (2, ["own page 1", "own page 2"])
        assert all(float(page.mediabox.width) <= 602 for page in read.pages)
        assert set(read.root_object) == {"/Type", "/Pages"}


async def test_one_that_takes_too_much_stops_nothing_but_itself() -> None:
    first, *others = await pages_of([a_pdf(), BRANCHING, endless(), a_pdf()])
    assert isinstance(first, Pages)
    assert others == ["is damaged: no page of it can be read for sure", *["takes too much to read"] * 2]


async def test_the_pages_follow_the_letter() -> None:
    (pages,) = await pages_of([a_pdf(2)])
    assert isinstance(pages, Pages)
    whole = PdfReader(BytesIO(joined(a_pdf(1, "us-letter"), [pages.pdf, pages.pdf])))
    assert [page.extract_text() for page in whole.pages] == ["own page 1", *(["own page 1", "own page 2"] * 2)]
