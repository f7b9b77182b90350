"""A file is what its content is: pictures are made anew, two-faced files and bombs are refused, names are harmless."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest
from PIL import Image

from connectors.attachments import LONGEST_EDGE, Attachment, NotTaken, Why, harmless, judged
from domain.parties.mailed_files import LARGEST_FILE

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def picture(form: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: object) -> bytes:
    into = BytesIO()
    Image.new(mode, size, (200, 30, 30, 90)[: len(mode)] if mode != "P" else 3).save(into, form, **how)
    return into.getvalue()


def archive(*, before: bytes = b"") -> bytes:
    into = BytesIO()
    into.write(before)
    with zipfile.ZipFile(into, "a") as zip_:
        zip_.writestr("run.js", "alert(1)")
    return into.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes whose dots would fill the memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(9000))) + chunk(b"IEND", b"")
    )


def one(content: bytes, name: str = "kvittering") -> Attachment:
    (kept,) = judged([(name, content)])
    return kept


def why_not(content: bytes, name: str = "kvittering.pdf") -> Why:
    with pytest.raises(NotTaken) as refused:
        one(content, name)
    return refused.value.why


def test_a_pdf_stays_as_it_is_whatever_it_is_called() -> None:
    assert one(PDF, "virus.exe") == Attachment("virus.pdf", "application/pdf", PDF)


@pytest.mark.parametrize(
    ("form", "mode", "kept"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("GIF", "P", "image/png"),
        ("WEBP", "RGBA", "image/jpeg"),
    ],
)
def test_a_picture_is_made_anew_with_the_ending_of_what_it_is(form: str, mode: str, kept: str) -> None:
    found = one(picture(form, mode=mode), "bilde.pdf")
    assert (found.media_type, found.name) == (kept, {"image/jpeg": "bilde.jpg", "image/png": "bilde.png"}[kept])
    with Image.open(BytesIO(found.content)) as opened:
        assert opened.size == (40, 30)


def test_where_a_picture_was_taken_is_not_kept_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "at home, Storgata 1"
    found = one(picture("JPEG", exif=exif, comment=b"at home"))
    assert b"at home" not in found.content
    with Image.open(BytesIO(found.content)) as opened:
        assert (opened.size, dict(opened.getexif())) == ((30, 40), {})


def test_what_lies_behind_a_picture_is_gone() -> None:
    """Some telephones put a film there."""
    found = one(picture("JPEG") + b"\0\0\0\x18ftypmp42" + b"moving" * 50)
    assert b"moving" not in found.content


def test_a_large_picture_is_made_smaller() -> None:
    with Image.open(BytesIO(one(picture("JPEG", (5000, 200))).content)) as opened:
        assert opened.size == (LONGEST_EDGE, 120)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Why.EMPTY),
        (b"%PDF-1.7 and nothing", Why.DAMAGED),
        (PDF + b"x" * LARGEST_FILE, Why.TOO_LARGE),
        (PDF + b"MZ" + b"\x90" * 5000, Why.TWO_FACED),
        (archive(before=PDF), Why.TWO_FACED),
        (archive(before=picture("JPEG")), Why.TWO_FACED),
        (archive(before=picture("PNG")), Why.TWO_FACED),
        (b"%PDF-1.7\n<html><script>alert(1)</script>" + PDF, Why.TWO_FACED),
        (picture("GIF")[:13] + b"<script>alert(1)</script>" + picture("GIF")[13:], Why.TWO_FACED),
        (picture("JPEG", comment=PDF), Why.TWO_FACED),
        (archive(), Why.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 word", Why.ARCHIVE),
        (b"Rar!\x1a\x07", Why.ARCHIVE),
        (b"MZ\x90\0", Why.PROGRAM),
        (b"\x7fELF\x02", Why.PROGRAM),
        (b"#!/bin/sh\nrm -rf /", Why.PROGRAM),
        (b"<!DOCTYPE html><p>hei", Why.PAGE),
        (b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", Why.PAGE),
        ("<svg onload='alert(1)'/>".encode("utf-16"), Why.PAGE),
        (b"<?xml version='1.0'?><x/>", Why.PAGE),
        (b"\0\0\0\x18ftypheic", Why.HEIC),
        (b"II*\0\x08\0\0\0", Why.OTHER),
        (b"hei", Why.OTHER),
        (png_that_claims(50_000, 50_000), Why.TOO_MANY_DOTS),
        (png_that_claims(12_000, 12_000), Why.TOO_MANY_DOTS),
        (png_that_claims(65_535, 1), Why.DAMAGED),
        (picture("JPEG")[:-200], Why.DAMAGED),
        (picture("PNG")[:60], Why.DAMAGED),
        (b"GIF89a", Why.DAMAGED),
        (b"RIFF\x24\0\0\0WEBPVP8 ", Why.DAMAGED),
    ],
)
def test_what_is_no_honest_pdf_or_picture_is_refused_with_its_reason(content: bytes, why: Why) -> None:
    for name in ("kvittering.pdf", "kvittering.jpg"):
        assert why_not(content, name) is why


def test_words_that_blow_up_within_a_picture_are_refused() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    honest = picture("PNG")
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 80_000_000))
    assert why_not(honest[:33] + bomb + honest[33:]) is Why.DAMAGED


def test_too_many_files_or_too_much_at_once_is_refused_before_any_is_looked_at() -> None:
    with pytest.raises(NotTaken, match="too many"):
        judged([("a", PDF)] * 6)
    with pytest.raises(NotTaken, match="too much"):
        judged([("a", b"x" * 6_100_000)] * 3)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("kvittering.pdf", "kvittering.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\kari\\Kvittering nr. 3.PDF", "Kvittering nr 3.pdf"),
        ("faktura.pdf.exe", "faktura pdf.pdf"),
        ("fdp\u202egpj.exe", "fdpgpj.pdf"),
        ('"><img src=x onerror=alert(1)>.pdf', "img srcx onerroralert(1).pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x1.pdf"),
        ("con.pdf", "fil con.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("", "fil.pdf"),
        ("\0\0", "fil.pdf"),
        ("..", "fil.pdf"),
        ("kjøp på Røros æøå.jpeg", "kjøp på Røros æøå.pdf"),
        ("x" * 4000, "x" * 60 + ".pdf"),
    ],
)
def test_a_name_is_harmless_and_ends_as_what_the_file_is(given: str, kept: str) -> None:
    assert harmless(given, "application/pdf") == kept
