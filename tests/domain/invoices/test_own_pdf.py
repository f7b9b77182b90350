"""What is taken for an invoice's own PDF, and what is not."""

import base64

import pytest
from pydantic import ValidationError

from domain.invoices.incoming import IncomingInvoice
from domain.invoices.own_pdf import LARGEST_PDF
from tests.domain.invoices.test_incoming import read

PDF = b"%PDF-1.7\n%%EOF"


@pytest.mark.parametrize("given", [PDF, base64.b64encode(PDF).decode(), f" {base64.encodebytes(PDF).decode()}\n"])
def test_a_pdf_comes_as_bytes_or_in_base64(given: bytes | str) -> None:
    assert read(pdf=given).pdf == PDF


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("JVBERi0=?", "is not Base64"),
        ("<html>", "is not Base64"),
        (base64.b64encode(b"<html>%PDF-1.7</html>").decode(), "is not a PDF"),
        (b"", "is not a PDF"),
        (PDF + b" " * LARGEST_PDF, f"more than {LARGEST_PDF}"),
    ],
)
def test_anything_else_is_refused_by_its_field(given: bytes | str, why: str) -> None:
    with pytest.raises(ValidationError, match=why) as error:
        read(pdf=given)
    assert [each["loc"] for each in error.value.errors()] == [("pdf",)]


def test_a_pdf_is_in_no_text_about_its_invoice() -> None:
    assert "PDF-" not in repr(read(pdf=PDF))
    assert IncomingInvoice.model_json_schema()["properties"]["pdf"]["anyOf"][0]["contentEncoding"] == "base64"
