"""Turns content into a letter: PDF/A-2b, the same bytes for the same content."""

import re
import unicodedata
from dataclasses import fields
from datetime import UTC, datetime, time
from functools import cache
from io import BytesIO
from typing import Any

import orjson
import segno
import typst
from pypdf import PdfReader, PdfWriter

from messages import bank_codes, figures
from messages.content import Content, UnwritableError
from messages.document import document, transfer_of
from messages.languages import FOLDER, labels

_FONT_RANGES = "\u0020-\u024f\u0384-\u038a\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u1e00-\u1eff\u2010-\u2026\u20ac"
"""Latin, Greek and Cyrillic: what the first embedded font surely has; PDF/A refuses a letter without a glyph."""
_PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b")
_ADDRESSEE = frozenset({"recipient_name", "recipient_address", "debtor_name"})
_NO_GLYPH = re.compile(f"[^{_FONT_RANGES}]")


class UnprintableError(UnwritableError):
    """The addressee cannot be printed as given: a person must write this letter, or the name in other letters."""


def letter(content: Content) -> bytes:
    """The letter for this content as PDF/A-2b: address in the C5 window, delivery id and link as QR codes.

    Where the fonts lack a letter, all texts but the names and the address go without it or its accent. Raises
    UnprintableError when a name or the address has such a letter, or the address does not fit in its window.
    """
    content = content.tidied()
    try:
        return _compiled(content)
    except typst.TypstError:
        plainer = content.with_texts(_plain, keep=_ADDRESSEE)
    try:
        return _compiled(plainer)
    except typst.TypstError as error:
        raise UnprintableError(f"the letter's name and address cannot be printed: {error.message}") from error


def page_count(pdf: bytes) -> int:
    """How many sheets of text a letter made here has, for the printer's manifest."""
    return len(_PAGE_OBJECT.findall(pdf))


def marked_as_test(pdf: bytes) -> bytes:
    """A letter made here with a mark across each of its pages: nobody takes it for a real one."""
    stamp = PdfReader(BytesIO(_stamp())).pages[0]
    writer = PdfWriter()
    for page in PdfReader(BytesIO(pdf)).pages:
        writer.add_page(page).merge_page(stamp)
    into = BytesIO()
    writer.write(into)
    return into.getvalue()


@cache
def _stamp() -> bytes:
    layouts = FOLDER / "layouts"
    stamp = typst.compile(layouts / "test.typ", root=layouts, ignore_system_fonts=True, format="pdf")
    assert isinstance(stamp, bytes)
    return stamp


@cache
def _compiler() -> typst.Compiler:
    """One compiler for all letters: it keeps fonts in memory. Embedded fonts only: alike everywhere."""
    return typst.Compiler(FOLDER / "layouts" / "letter.typ", root=FOLDER / "layouts", ignore_system_fonts=True)


def _compiled(content: Content) -> bytes:
    compiled = _compiler().compile(
        sys_inputs={"letter": orjson.dumps(_letter_parts(content)).decode()},
        format="pdf",
        pdf_standards="a-2b",
        pdf_tags=False,
        timestamp=datetime.combine(content.sent_on, time(), UTC),
    )
    if not isinstance(compiled, bytes):
        raise TypeError(f"typst gave {type(compiled).__name__} for one PDF: check the typst version")
    return compiled


def _letter_parts(content: Content) -> dict[str, Any]:
    """What the layout needs of a (tidied) content."""
    shared = labels(content.language)
    written = document(content)
    logo = content.look.logo if content.look else None
    parts = {field.name: getattr(written, field.name) for field in fields(written)}
    return (
        parts
        | _bank_codes(content)
        | {
            "address": [content.recipient_name, *content.recipient_address],
            "date": [content.sent_on.year, content.sent_on.month, content.sent_on.day],
            "written_date": figures.long_date(content.sent_on, content.language),
            "link_label": shared["letter_page" if content.typed_link else "letter_code"],
            "typed": list(content.typed_link or ()),
            "offers_lead": shared["letter_offers"],
            "offers": [offer.label for offer in written.offers],
            "id": content.delivery_id,
            "id_label": shared["letter_of"],
            "page": shared["page"],
            "id_code": _qr(content.delivery_id),
            "link_code": _qr(content.link),
            "colour": content.look.colour if content.look else "",
            "logo": list(logo.content) if logo else [],
            "logo_format": logo.media_type.removeprefix("image/").replace("jpeg", "jpg") if logo else "",
        }
    )


def _bank_codes(content: Content) -> dict[str, Any]:
    """The codes from which a bank reads the whole payment, each where it is valid: nothing is to be typed from paper."""
    transfer = transfer_of(content)
    line = transfer.code if transfer else None
    qr = transfer and bank_codes.epc_code(
        transfer.holder, transfer.account, transfer.amount, transfer.currency, transfer.reference
    )
    return {
        "bank_qr": [0 if module else 255 for row in qr.matrix for module in row] if qr else [],
        "bank_bars": [0 if module else 255 for module in bank_codes.bar_code(line)] if line else [],
        "code_line": (transfer and transfer.code_line) or "",
        "bank_label": labels(content.language)["bank_code"],
    }


def _qr(text: str) -> list[int]:
    """A QR code row by row, 0 for black and 255 for white; one fixed mask spares the slow search for the prettiest."""
    made = segno.make(text, micro=False, error="m", boost_error=False, mask=3)
    return [0 if module else 255 for row in made.matrix for module in row]


def _plain(text: str) -> str:
    return _NO_GLYPH.sub(_plainer, unicodedata.normalize("NFC", text))


def _plainer(sign: re.Match[str]) -> str:
    return _NO_GLYPH.sub("", unicodedata.normalize("NFKD", sign.group()))
