"""Letters as PDF/A."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from messages.content import Content
from messages.letter import UnprintableError, letter, page_count
from messages.specs import SPECS
from tests.messages.samples import content, item
from tests.messages.test_render import HOSTILE, contents

MM = 72 / 25.4


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_letter_says_that_it_is_pdf_a_2b() -> None:
    metadata = PdfReader(io.BytesIO(letter(content()))).xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B")


def test_the_address_stands_inside_the_window() -> None:
    page = PdfReader(io.BytesIO(letter(content()))).pages[0]
    seen: list[tuple[str, float, float]] = []

    def note(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        left = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
        bottom = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        if text.strip():
            seen.append((text.strip(), left / MM, (float(page.mediabox.height) - bottom) / MM))

    page.extract_text(visitor_text=note)
    inside = [text for text, left, top in seen if 15 <= left < 120 and 44 <= top <= 79]
    assert " ".join(inside).split() == ["Kari", "Nordmann", "Lilleveien", "12", "B", "0484", "Oslo"]


def test_a_letter_carries_its_delivery_id_and_an_address_to_type() -> None:
    typed = content(typed_link=("faktura.nordkraft.no/i", "HK7M2-QW9RT"))
    said = words_of(letter(typed)).replace(" ", "")
    assert "0192f3a4-7c1e-7b60-9a55-3d1f0a2b4c6d" in said
    assert "faktura.nordkraft.no/iHK7M2-QW9RT" in said


def test_the_same_content_gives_the_same_bytes() -> None:
    assert letter(content()) == letter(content())


def test_a_notice_of_five_invoices_fits_one_page() -> None:
    longest = {
        "reference": "1" * 25,
        "text": "Strøm og nettleie september 2026",
        "principal": Decimal("123456.78"),
        "interest": Decimal("1234.50"),
        "interest_rate": Decimal("12.25"),
        "interest_from": date(2026, 10, 2),
        "amount_due": Decimal("124729.28"),
    }
    five = tuple(item(str(202610482000 + number), **longest) for number in range(5))
    pdf = letter(content(SPECS["collection-notice"], items=five))
    assert page_count(pdf) == len(PdfReader(io.BytesIO(pdf)).pages) == 1


def test_a_letter_of_many_invoices_counts_its_pages() -> None:
    pdf = letter(content(items=tuple(item(str(number)) for number in range(60))))
    assert page_count(pdf) == len(PdfReader(io.BytesIO(pdf)).pages) == 2


def test_markup_in_a_name_is_printed_as_it_is() -> None:
    pdf = letter(content(creditor_name=HOSTILE))
    assert page_count(pdf) == 1
    assert HOSTILE.replace(" ", "") in words_of(pdf).replace(" ", "")


@given(contents, st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_any_content_becomes_a_letter(facts: Content, name: str) -> None:
    address = replace(facts, debtor_name=name, recipient_name=name, recipient_address=(name, "0155 Oslo"))
    assert letter(address).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("name", ["محمد", "Иван Петров", "Ελένη", "დავით", "Nguyễn Văn Đức", "דוד"])
def test_a_name_is_printed_in_the_letters_of_its_owner(name: str) -> None:
    shown = words_of(letter(content(recipient_name=name, debtor_name=name)))
    assert set(name) <= set(shown)


@pytest.mark.parametrize(
    "addressee",
    [
        {"recipient_name": "王小明"},
        {"debtor_name": "สมชาย"},
        {"recipient_address": ("김 12", "0155 Oslo")},
        {"recipient_address": ("A long road without an end " * 7,) * 9},
    ],
)
def test_a_letter_that_cannot_name_its_addressee_is_not_written(addressee: dict[str, Any]) -> None:
    with pytest.raises(UnprintableError, match="name and address cannot be printed"):
        letter(content(**addressee))


def test_seven_lines_of_an_address_stand_in_the_window() -> None:
    long = content(
        recipient_name="Borettslaget Solbakken Terrasse ved Nordre Forvaltning og Regnskap Sør AS",
        recipient_address=("Regnskapsavdelingen", "c/o Forvaltning AS", "Postboks 1234 Sentrum", "Bygg B", "0107 Oslo"),
    )
    page = PdfReader(io.BytesIO(letter(long))).pages[0]
    tops: list[float] = []
    shown = ""

    def note(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        nonlocal shown
        bottom = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        top = (float(page.mediabox.height) - bottom) / MM
        left = (inner[4] * outer[0] + inner[5] * outer[2] + outer[4]) / MM
        if text.strip() and 44 <= top < 90 and left < 115:
            tops.append(top)
            shown += text

    page.extract_text(visitor_text=note)
    said = "".join(shown.split())
    for line in (long.recipient_name, *long.recipient_address):
        assert "".join(line.split()) in said
    assert max(tops) <= 77


def test_signs_beyond_the_fonts_are_left_out_of_all_but_the_address() -> None:
    said = words_of(letter(content(creditor_name="Nordkraft 🐱 AS", items=(item(text="Strøm 電気"),))))
    assert "Nordkraft AS" in said
    assert "10482, Strøm" in said
