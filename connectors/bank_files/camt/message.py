"""What a file of XML is: a camt.053, a camt.054 or a pain.002 of which version, by its first elements."""

import re
from pathlib import Path
from typing import Literal, NamedTuple

from lxml import etree

from connectors.bank_files.camt.elements import lines_before, parsed

_Format = Literal["camt.053", "camt.054", "pain.002"]
_KINDS: dict[str, tuple[_Format, str]] = {
    "BkToCstmrStmt": ("camt.053", "Stmt"),
    "BkToCstmrDbtCdtNtfctn": ("camt.054", "Ntfctn"),
    "CstmrPmtStsRpt": ("pain.002", "CstmrPmtStsRpt"),
}
_NAMESPACE = re.compile(r".*\b(camt\.05[34]|pain\.002)\.001\.(?!01)\d\d\b.*")
_REPORT = "BkToCstmrAcctRpt"  # camt.052
_FIRST_ELEMENTS = 50  # among which the message starts, whatever envelope is around it


class Message(NamedTuple):
    """What a file of XML is."""

    format: _Format
    namespace: str
    statement: str  # the name of the element that holds the entries, or the answers
    lines_before: int  # its XML


def message_of(path: Path) -> Message | str:
    """What the file's first elements tell; in words why it is none that we read. OSError if unreadable."""
    with path.open("rb") as file:
        try:
            for number, (_, element) in enumerate(parsed(file, events=("start",))):
                if element.getroottree().docinfo.internalDTD is not None:
                    return "declares a document type (DOCTYPE), behind which anything may hide: it is not read"
                name = etree.QName(element)
                if name.localname in _KINDS and name.namespace and _NAMESPACE.fullmatch(name.namespace):
                    written_in, statement = _KINDS[name.localname]
                    return Message(written_in, name.namespace, statement, lines_before(path))
                if name.localname in _KINDS:
                    told = f"its namespace is {name.namespace}" if name.namespace else "it has no namespace"
                    return f"is no {_KINDS[name.localname][0]} of version .001.02 or later: {told}"
                if name.localname == _REPORT:
                    return "is a camt.052, a report of a day that goes on: import the account's camt.053 or camt.054"
                if number > _FIRST_ELEMENTS:
                    break
        except etree.XMLSyntaxError as error:
            return f"line {(error.lineno or 0) + lines_before(path)}: is not well-formed XML"
    return "is XML, but no camt.053, camt.054 or pain.002 of ISO 20022, version .001.02 or later"
