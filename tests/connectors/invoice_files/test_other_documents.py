"""What a file is that holds no invoice which Purr reads: told in plain words, whatever its name."""

from pathlib import Path

import pytest

from connectors.invoice_files.other_documents import READ
from connectors.invoice_files.reader import read_invoices

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
ENVELOPE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f'<r:CrossIndustryInvoice xmlns:r="{CII}"/>', "is an invoice in UN/CEFACT's format (CII, as ZUGFeRD, Factur-X"),
        (f'<Order xmlns="{UBL}Order-2"/>', "is a UBL Order, no invoice: "),
        (f'<Reminder xmlns="{UBL}Reminder-2"/>', "is a UBL Reminder, no invoice: "),
        ('<Invoice xmlns="urn:sfti:documents:BasicInvoice:1:0"/>', "is an Invoice of another format (the namespace urn:sfti"),
        ("<CreditNote/>", "is a CreditNote of another format (no namespace)"),
        ("<Finvoice/>", "is a Finvoice: "),
        ('<testSet xmlns="http://difi.no/xsd/vefa/validator/1.0"/>', "is a set of tests with fragments of documents"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"/>', "is a bank file (camt.054): import it with"),
        ("<a/>", "is XML, but no invoice (it starts with the element a): "),
        (f'<StandardBusinessDocument xmlns="{ENVELOPE}"><StandardBusinessDocumentHeader/>'
         f'<Order xmlns="{UBL}Order-2"/></StandardBusinessDocument>', "is a UBL Order, no invoice: "),
        ("%PDF-1.7", "is a PDF that no invoice beside it is called by; an invoice that is embedded in it is not read: "),
        ("PK\x03\x04", "is a ZIP archive or a spreadsheet; "),
        ("UNA:+.? 'UNB+UNOC:3+1+2'", "is EDIFACT: "),
        ("NY00001000008080", "is a file of Nets: import it with `payments`"),
        ("01BGMAX", "is a bank file (BgMax): import it with `payments`"),
        ("Dear Purr,", "is no invoice file: neither XML, JSON, nor CSV with a column named number."),
        (" \n", "is empty"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_told_by_what_it_is(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "invoice.xml"
    path.write_text(content)
    (one,) = read_invoices([path])
    assert (one.model, (one.reason or "").startswith(words)) == (None, True), one.reason
    assert READ in (one.reason or "") or "`payments`" in (one.reason or "") or words == "is empty"
