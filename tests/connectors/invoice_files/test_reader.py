"""Files and folders of invoices: each invoice with the PDF that lies beside it."""

from pathlib import Path

from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import read_invoices
from domain.invoices.incoming import IncomingInvoice
from tests.connectors.invoice_files.test_ubl import a_document

HEADER = "number,issue_date,due_date,amount,currency,debtor_name,debtor_city\n"
PDF = b"%PDF-1.7 "


def pdf_of(read: ReadInvoice) -> bytes | None:
    assert isinstance(read.model, IncomingInvoice), read.reason
    return read.model.pdf


def row(number: str) -> str:
    return f"{number},2026-11-02,2026-11-16,802.00,NOK,Kari,Oslo\n"


def test_a_pdf_is_named_as_the_file_of_one_invoice_or_as_one_of_several_invoices(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(a_document())
    (tmp_path / "a.PDF").write_bytes(PDF + b"a")
    (tmp_path / "b.csv").write_text(HEADER + row("7") + row("A/8") + row("9"))
    for name in ("7", "A-8", "b"):
        (tmp_path / f"{name}.pdf").write_bytes(PDF + name.encode())
    *read, left = read_invoices([tmp_path])
    assert [pdf_of(each) for each in read] == [PDF + b"a", PDF + b"7", PDF + b"A-8", None]
    assert (Path(left.file).name, left.model) == ("b.pdf", None)
    assert (left.reason or "").startswith("is a PDF that no invoice beside it is called by")
    (alone,) = read_invoices([tmp_path / "a.xml"])
    assert pdf_of(alone) == PDF + b"a"


def test_what_is_no_pdf_is_left_out_and_told_and_one_that_is_embedded_stays(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + row("7"))
    (tmp_path / "a.pdf").write_bytes(b"<html>")
    (read,) = read_invoices([tmp_path])
    assert (pdf_of(read), "a.pdf is not a PDF: left out" in read.warnings) == (None, True)
    (tmp_path / "a.csv").write_text(HEADER + "7,,,,,,\n")
    (refused,) = read_invoices([tmp_path])
    assert refused.reason is not None
