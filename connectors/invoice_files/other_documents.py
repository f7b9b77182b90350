"""What a file is that holds no invoice which Purr reads, in plain words."""

import re

from lxml import etree

READ = "Purr reads invoices and credit notes in UBL 2.1 (as Peppol BIS Billing 3.0 and EHF have them), CSV and JSON"
_UBL = re.compile(r"urn:oasis:names:(?:specification|tc):ubl:(?:schema:xsd:)?[A-Za-z]+[-:][0-9.:]+")
_BANK_FILE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:((?:camt|pain|pacs)\.\d{3})[.\d]*")
_A_BANK_FILE = "import it with `payments`"
# Documents of other formats by the names of their first elements, and what starts a file that is no text for people.
_ELEMENTS = {
    "CrossIndustryInvoice": "is an invoice in UN/CEFACT's format (CII, as ZUGFeRD, Factur-X and XRechnung have it)",
    "CrossIndustryDocument": "is an invoice in UN/CEFACT's format (CII, as ZUGFeRD 1 had it)",
    "SCRDMCCBDACIOMessageStructure": "is an order in UN/CEFACT's format (Order-X), no invoice",
    "M_INVOIC": "is an EDIFACT invoice written as XML",
    "Finvoice": "is a Finvoice",
    "FatturaElettronica": "is a FatturaPA",
    "Facturae": "is a Facturae",
    "E_Invoice": "is an Estonian e-invoice",
    "testSet": "is a set of tests with fragments of documents, no document",
    "schema": "is a schema, no document",
    "html": "is a web page",
}
_STARTS = {
    b"%PDF": "is a PDF that no invoice beside it is called by; an invoice that is embedded in it is not read",
    b"PK\x03\x04": "is a ZIP archive or a spreadsheet; unpack it, or save the table as CSV",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet or document of an old office program; save the table as CSV",
    b"UNA": "is EDIFACT",
    b"UNB+": "is EDIFACT",
    b"NY0000": f"is a file of Nets: {_A_BANK_FILE}",
    b"01BGMAX": f"is a bank file (BgMax): {_A_BANK_FILE}",
    b"01AUTOGIRO": f"is a file of Autogiro: {_A_BANK_FILE}",
}


def what_it_is(root: etree._Element) -> str:
    """An XML document, by its first element, that is neither invoice nor credit note in UBL 2.1."""
    name = etree.QName(root)
    namespace = name.namespace or ""
    if bank_file := _BANK_FILE.fullmatch(namespace):
        return f"is a bank file ({bank_file[1]}): {_A_BANK_FILE}"
    if name.localname in ("Invoice", "CreditNote"):
        found = f"the namespace {namespace}" if namespace else "no namespace"
        return f"is {'an' if name.localname == 'Invoice' else 'a'} {name.localname} of another format ({found}): {READ}"
    if known := _ELEMENTS.get(name.localname):
        return f"{known}: {READ}"
    if _UBL.fullmatch(namespace):
        return f"is a UBL {name.localname}, no invoice: {READ}"
    return f"is XML, but no invoice (it starts with the element {name.localname}): {READ}"


def what_starts_like(first: bytes) -> str:
    """A file that is neither XML, nor JSON, nor CSV of invoices, by its first bytes."""
    told = next((told for start, told in _STARTS.items() if first.startswith(start)), None)
    if told is None:
        return f"is no invoice file: neither XML, JSON, nor CSV with a column named number. {READ}"
    return told if told.endswith(_A_BANK_FILE) else f"{told}: {READ}"
