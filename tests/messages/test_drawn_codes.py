"""Codes as they are drawn, on paper and on the page, read back by a reader of other hands (ZXing)."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import typst
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from messages.bank_codes import bar_code, bar_svg
from messages.content import Content
from messages.letter import letter
from tests.messages.samples import content, item

LINE = "421123456000007850012395000000000000000000047115261102"
SHEET = '#set page(width: 210mm, height: 297mm, margin: 0pt)\n#image("letter.pdf", width: 210mm, page: 1)'


def read_from(pixels: "np.ndarray[Any, Any]") -> list[str]:
    """What a reader finds in a picture in shades of grey."""
    return [each.text for each in zxingcpp.read_barcodes(pixels)]


def sheet_of(of: Content, folder: Path) -> "np.ndarray[Any, Any]":
    """The first sheet of a letter as a scanner sees it."""
    (folder / "letter.pdf").write_bytes(letter(of))
    (folder / "sheet.typ").write_text(SHEET)
    png = typst.compile(folder / "sheet.typ", root=folder, format="png", ppi=300)
    assert isinstance(png, bytes)
    return np.asarray(Image.open(BytesIO(png)).convert("L"))


def finnish() -> Content:
    bill = item(reference="1234561", account="FI2112345600000785")
    return content(currency="EUR", items=(bill,), total=bill.amount_due)


def swedish(account: str = "5050-1055", **changes: Any) -> Content:
    bill = item(reference="12345682", account=account)
    return replace(content(currency="SEK", items=(bill,), total=bill.amount_due, language="sv"), **changes)


def test_every_code_on_a_finnish_letter_is_read_from_its_sheet(tmp_path: Path) -> None:
    of = finnish()
    found = read_from(sheet_of(of, tmp_path))
    cents = f"{of.lead_amount:09.2f}".replace(".", "")
    assert {of.delivery_id, of.link} <= set(found)
    assert any(each.startswith("BCD\n002\n") and "FI2112345600000785" in each for each in found)
    assert any(re.fullmatch(rf"42112345600000785{cents}000{'1234561':0>20}\d{{6}}", each) for each in found)


def test_the_bars_of_the_page_are_those_of_the_letter() -> None:
    drawn = bar_svg(LINE)
    modules = [False] * len(bar_code(LINE))
    for start, width in re.findall(r"M(\d+) 0h(\d+)v\d+H\1z", drawn):
        modules[int(start) : int(start) + int(width)] = [True] * int(width)
    assert modules == bar_code(LINE)
    picture = np.repeat([[0 if module else 255 for module in modules]], 40, axis=0).astype(np.uint8)
    assert read_from(np.repeat(picture, 2, axis=1)) == [LINE]
    assert 'aria-hidden="true"' in drawn


def test_a_swedish_letter_has_its_code_line_at_its_foot() -> None:
    of = swedish()
    said = PdfReader(BytesIO(letter(of))).pages[-1].extract_text().replace("\xa0", " ")
    kronor, ore = f"{of.lead_amount:.2f}".split(".")
    assert re.search(rf"# +12345682 # +{kronor} {ore} +\d > +50501055#41#", said), said
    for account in ("28 65 43-4", "SE4550000000058398257466"):
        assert "#41#" not in PdfReader(BytesIO(letter(swedish(account)))).pages[-1].extract_text()
