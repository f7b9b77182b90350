"""Turns content into a letter: PDF/A-2b, the same bytes for the same content."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, time
from functools import cache
from typing import Any

import segno
import typst

from messages import figures
from messages.content import Content
from messages.document import document
from messages.words import FOLDER, labels

_FONT_RANGES = "\u0020-\u024f\u0384-\u038a\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u1e00-\u1eff\u2010-\u2026\u20ac"
"""Latin, Greek and Cyrillic: what the embedded font has; PDF/A refuses a letter without a glyph."""
_PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b")
_NO_GLYPH = re.compile(f"[^{_FONT_RANGES}]")


def letter(content: Content) -> bytes:
    """The letter for this content as PDF/A-2b: address in the C5 window, delivery id and link as QR codes.

    Letters that the font does not have are printed without their accents, or left out.
    """
    compiled = _compiler().compile(
        sys_inputs={"letter": _letter_json(content)},
        format="pdf",
        pdf_standards="a-2b",
        pdf_tags=False,
        timestamp=datetime.combine(content.sent_on, time(), UTC),
    )
    if not isinstance(compiled, bytes):
        raise TypeError(f"typst gave {type(compiled).__name__} for one PDF: check the typst version")
    return compiled


def page_count(pdf: bytes) -> int:
    """How many sheets of text a letter made here has, for the printer's manifest."""
    return len(_PAGE_OBJECT.findall(pdf))


@cache
def _compiler() -> typst.Compiler:
    """One compiler for all letters: it keeps fonts in memory. Embedded fonts only: alike everywhere."""
    return typst.Compiler(FOLDER / "layouts" / "letter.typ", root=FOLDER / "layouts", ignore_system_fonts=True)


def _letter_json(content: Content) -> str:
    content = content.tidied()
    shared = labels(content.language)
    parts = asdict(document(content))
    parts |= {
        "address": [content.recipient_name, *content.recipient_address],
        "date": [content.sent_on.year, content.sent_on.month, content.sent_on.day],
        "written_date": figures.long_date(content.sent_on, content.language),
        "link_label": shared["letter_page"],
        "offers_lead": shared["letter_offers"],
        "offers": [offer["label"] for offer in parts["offers"]],
        "id": content.delivery_id,
        "id_label": shared["letter_of"],
        "page": shared["page"],
    }
    printed: dict[str, Any] = _each_text(parts, _printable)
    printed |= {"id_code": _qr(content.delivery_id), "link_code": _qr(content.link)}
    return json.dumps(printed)


def _qr(text: str) -> list[int]:
    """A QR code row by row, 0 for black and 255 for white; one fixed mask spares the slow search for the prettiest."""
    made = segno.make(text, micro=False, error="m", boost_error=False, mask=3)
    return [0 if module else 255 for row in made.matrix for module in row]


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case dict():
            return {name: _each_text(each, change) for name, each in value.items()}
        case list() | tuple():
            return [_each_text(each, change) for each in value]
    return value


def _printable(text: str) -> str:
    if text.isascii():
        return text
    return _NO_GLYPH.sub(_plainer, unicodedata.normalize("NFC", text))


def _plainer(sign: re.Match[str]) -> str:
    return _NO_GLYPH.sub("", unicodedata.normalize("NFKD", sign.group()))
