"""The invoice's own PDF, where it is embedded in its UBL document."""

import re

from lxml import etree

from connectors.invoice_files.ubl.document import NAMESPACES, Document, text_of
from domain.invoices.own_pdf import a_pdf, decoded_pdf

_EMBEDDED = "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
_INVOICE_WORDS = re.compile(r"invoice|faktura|rechnung|lasku", re.IGNORECASE)


def own_pdf(document: Document) -> bytes | None:
    """The PDF that is embedded; of several the one that is called an invoice or by the number, else the first."""
    found: dict[bytes, str] = {}
    for reference in document.all("cac:AdditionalDocumentReference"):
        embedded = reference.find("cac:Attachment/cbc:EmbeddedDocumentBinaryObject", NAMESPACES)
        if embedded is None or embedded.get("mimeCode") != "application/pdf":
            continue
        named = [
            text_of(reference.find(f"cbc:{name}", NAMESPACES)) for name in ("ID", "DocumentType", "DocumentDescription")
        ]
        name = " ".join([*named, embedded.get("filename") or ""])
        try:
            found[a_pdf(_bytes(embedded))] = name
        except ValueError as fault:
            document.warnings.append(f"{document.located(_EMBEDDED, embedded)} {fault}: left out")
    if len(found) > 1:
        document.warnings.append(f"{len(found)} PDFs are embedded: the invoice's own is kept, or else the first")
    number = document.text("cbc:ID") or ""
    return next(
        (pdf for pdf, name in found.items() if _INVOICE_WORDS.search(name) or number in name), next(iter(found), None)
    )


def _bytes(embedded: etree._Element) -> bytes:
    content = decoded_pdf(embedded.text or "")
    return content if isinstance(content, bytes) else b""
