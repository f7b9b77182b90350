"""A UBL document, asked by the paths of its elements, and what is wrong at one of them."""

import re
from decimal import Decimal

from lxml import etree

from connectors.invoice_files.read_invoice import Kind
from connectors.windows_text import as_windows_wrote
from connectors.xml_lines import line_of

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {"cac": f"{UBL}CommonAggregateComponents-2", "cbc": f"{UBL}CommonBasicComponents-2"}
DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")


class Rejected(Exception):
    """A document that cannot be taken, with the place in it and the reason."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


class Document:
    """A UBL invoice or credit note, asked by the paths of its elements."""

    def __init__(self, root: etree._Element, lines_before: int) -> None:
        """`lines_before` are those of the file before its XML."""
        self.root = root
        self._lines_before = lines_before
        self.place = f"/{etree.QName(root).localname}"
        self.kind: Kind = "invoice" if self.place == "/Invoice" else "credit_note"  # till its type code is read
        self.line_path = f"cac:{self.place[1:]}Line"
        self.warnings: list[str] = []
        self.currency = self.text("cbc:DocumentCurrencyCode")
        self.customization = self.text("cbc:CustomizationID") or ""
        self.is_danish = self.customization.startswith("OIOUBL")  # gives the tax as TaxExclusiveAmount
        self.is_extended = ":extension:xrechnung" in self.customization  # asks for what others are owed, too

    def all(self, path: str) -> list[etree._Element]:
        """Every element at a path below the root."""
        return self.root.findall(path, NAMESPACES)

    def texts(self, path: str) -> list[str]:
        """The different texts at a path, in the document's order; empty ones left out."""
        return list(dict.fromkeys(text for element in self.all(path) if (text := text_of(element))))

    def first_of(self, *paths: str) -> str:
        """The first of these paths at which a text stands, or the first of all."""
        return next((path for path in paths if self.texts(path)), paths[0])

    def text(self, *paths: str) -> str | None:
        """The first text at any of the paths."""
        return next((text for path in paths for text in self.texts(path)), None)

    def located(self, path: str, element: etree._Element | None = None) -> str:
        """A path with the line of its first element, or of another one there; without where there is none."""
        at = next(iter(self.all(path)), None) if element is None else element
        return path if at is None else path + line_of(at, self._lines_before)

    def rejected(self, path: str, reason: str, element: etree._Element | None = None) -> Rejected:
        """That it cannot be taken for its first element at a path, or for another one there."""
        return Rejected(f"{self.place}/{self.located(path, element)}", reason)

    def required(self, path: str) -> str:
        """The text at a path that must stand exactly once."""
        if len(found := self.all(path)) > 1:
            raise self.rejected(path, f"{path} stands more than once", found[1])
        text = self.text(path)
        if text is None:
            raise self.rejected(path, f"{path} is missing")
        return text

    def total(self, name: str, *, optional: bool = False) -> Decimal:
        """An amount of the LegalMonetaryTotal; zero where an optional one is absent."""
        path = f"cac:LegalMonetaryTotal/cbc:{name}"
        if optional and not self.all(path):
            return Decimal(0)
        self.required(path)
        return self.amount(self.all(path)[0], path)

    def amount(self, element: etree._Element, path: str) -> Decimal:
        """An element's amount, in the document's currency."""
        text = text_of(element)
        if not DECIMAL.fullmatch(text):
            raise self.rejected(path, f"{path} is not an amount", element)
        if element.get("currencyID") != self.currency:
            found = element.get("currencyID") or "no currency"
            raise self.rejected(path, f"{path} is in {found}, the document in {self.currency}", element)
        return Decimal(text)


def text_of(element: etree._Element | None) -> str:
    """An element's own text on one line; empty where there is none."""
    return " ".join(as_windows_wrote(element.text or "").split()) if element is not None else ""
