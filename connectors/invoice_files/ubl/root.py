"""The invoice or credit note of a UBL file: its XML parsed safely, taken out of its envelope."""

from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.invoice_files.other_documents import what_it_is
from connectors.invoice_files.ubl.document import UBL, Document, Rejected
from connectors.xml_start import where_xml_starts

LARGEST_DOCUMENT = 20_000_000  # bytes
_ROOTS = (f"{{{UBL}Invoice-2}}Invoice", f"{{{UBL}CreditNote-2}}CreditNote")
_ENVELOPE = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}StandardBusinessDocument"
_ENVELOPE_HEADER = f"{_ENVELOPE}Header"


def opened(path: Path) -> Document:
    """The document of a file; raises Rejected for a file that holds none, or several. OSError where it cannot be read."""
    root, lines_before = _parsed(path)
    return Document(_payload(root), lines_before)


def _parsed(path: Path) -> tuple[etree._Element, int]:
    """The root element, and how many lines stand before what is parsed."""
    if (size := path.stat().st_size) > LARGEST_DOCUMENT:
        raise Rejected("/", f"is {size} bytes, more than the {LARGEST_DOCUMENT} that one invoice may have")
    written = path.read_bytes()
    start = where_xml_starts(written)
    lines_before = written[:start].count(b"\n")
    written = written[start:]
    safely: dict[str, Any] = {"resolve_entities": False, "load_dtd": False, "no_network": True}
    safely |= {"remove_comments": True, "remove_pis": True}
    try:
        # As far as the first element under libxml2's own limits, which hold entities down; without any, only the size counts.
        _, first = next(etree.iterparse(BytesIO(written), events=("start",), **safely))
        if first.getroottree().docinfo.internalDTD is not None:
            raise Rejected("/", "has a document type or entities (DOCTYPE), which no invoice needs")
        return etree.fromstring(written, etree.XMLParser(huge_tree=True, **safely)), lines_before
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Rejected(
            "/", f"is not well-formed XML: the fault is in line {line + lines_before}, column {column}"
        ) from error
    except (ValueError, LookupError) as error:
        raise Rejected("/", "is not XML that can be read: its encoding is not known") from error


def _payload(root: etree._Element) -> etree._Element:
    """The invoice or credit note itself, taken out of its envelope where it has one."""
    inside = [each for each in root if each.tag != _ENVELOPE_HEADER] if root.tag == _ENVELOPE else [root]
    documents = [element for element in inside if element.tag in _ROOTS]
    if len(documents) > 1:
        raise Rejected(f"/{etree.QName(root).localname}", f"holds {len(documents)} documents: send one a file")
    if not documents:
        raise Rejected(f"/{etree.QName(root).localname}", what_it_is(inside[0] if inside else root))
    return documents[0]
