"""The XML of ISO 20022 as we read it: safely, one element after the other, with its amounts, days, codes and accounts.

XML from outside: no document type, no entities, no network, libxml2's bounds on depth and on text.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from connectors.xml_lines import line_of
from connectors.xml_start import where_xml_starts
from domain.countries.registry import COUNTRIES
from domain.moment import moment_in
from domain.money.accounts import as_bank_files_have_it

_START = 1024  # bytes, in which the XML has begun
_IN_UTC = re.compile(r"T.*(?:Z|[+-]00:00)$")
_BANKS = (
    "NO"  # whose clock Norwegian and Swedish banks have; an IBAN of another country of ours tells where its bank is
)
_AMOUNT = re.compile(r"\s*\+?(?=\.?\d)(\d{0,18})(?:\.(\d{0,2})0{0,3})?\s*", re.ASCII)
_NORWEGIAN_IBAN = re.compile(r"NO\d{2}(\d{11})", re.ASCII)
_SEPARATOR = "\ue01f"  # private to us: stands between the fields of a transaction


def parsed(file: BinaryIO, **options: Any) -> Iterator[tuple[str, etree._Element]]:
    """The events of an XML file, from its first character that is not blank."""
    file.seek(where_xml_starts(file.read(_START)))
    events: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        file,
        load_dtd=False,
        no_network=True,
        resolve_entities=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
        **options,
    )
    return events


def lines_before(path: Path) -> int:
    """How many lines of a file stand before its XML: those are not in the parser's count."""
    with path.open("rb") as file:
        start = file.read(_START)
    return start[: where_xml_starts(start)].count(b"\n")


class Elements:
    """The elements of one message, by its namespace."""

    def __init__(self, namespace: str, lines_before: int = 0) -> None:
        """`lines_before` are those of the file before its XML."""
        self.namespace = namespace
        self._lines_before = lines_before
        self.names = {"d": namespace}

    def tag(self, name: str) -> str:
        """The name of an element in the message's namespace."""
        return f"{{{self.namespace}}}{name}"

    def question(self, fields: tuple[str, ...]) -> etree.XPath:
        """One question for all fields of an element: much faster than one each."""
        joined = f", '{_SEPARATOR}', ".join(fields)
        return etree.XPath(f"concat({joined})", namespaces=self.names, smart_strings=False)

    def ask(self, question: etree.XPath, element: etree._Element, number: int) -> list[str]:
        """An element's fields, empty where it has none; all empty where one of them holds our separator."""
        fields = str(question(element)).split(_SEPARATOR)
        return fields if len(fields) == number else [""] * number

    def line_of(self, element: etree._Element) -> str:
        """Where an element stands, in words; nothing where nobody counts it."""
        return line_of(element, self._lines_before)

    def text(self, element: etree._Element, path: str) -> str | None:
        """The text at a path, with single blanks; None where there is none."""
        return " ".join((element.findtext(path, None, self.names) or "").split()) or None


def parent(element: etree._Element) -> etree._Element:
    """The element around one, which always stands inside the message."""
    parent = element.getparent()
    assert parent is not None, "what is read stands inside the message"
    return parent


def amount_of(written: str) -> Decimal | None:
    """An amount with two decimals; None where it is none, negative, or finer than that."""
    match = _AMOUNT.fullmatch(written)
    return Decimal(f"{match[1] or 0}.{match[2] or '':0<2}") if match else None


def count_of(written: str | None) -> int | None:
    """A number of things; None where there is none."""
    return int(written) if written and re.fullmatch(r"\s*\d{1,15}\s*", written, re.ASCII) else None


def cents(amount: Decimal) -> int:
    """An amount in hundredths."""
    return int(amount * 100)


@lru_cache(maxsize=1024)
def code_of(domain: str) -> str:
    """A bank transaction code such as PMNT/RCDT/VCOM, of its three codes written one after the other."""
    return "/".join(re.findall(r"[A-Z]{4}", domain))


@lru_cache(maxsize=1024)
def day_of(text: str, country: str = _BANKS) -> date | None:
    """The bank's day of a date, or of a date with a time; None where it is none.

    A time in UTC is turned into the bank's own, in its country; with any other offset, or none, it is the bank's own already.
    """
    text = text.strip()
    try:
        if _IN_UTC.search(text):
            return moment_in(country, datetime.fromisoformat(text)).day
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def country_of_bank(account: str) -> str:
    """The country of the bank that has an account, as far as its number tells and it matters."""
    return account[:2] if account[:2] in COUNTRIES else _BANKS


def norwegian(account: str) -> str:
    """An account as the ledger has it: as it is registered, a Norwegian IBAN as its eleven digits."""
    if not account.isalnum():
        account = as_bank_files_have_it(account.replace(" ", "").replace(".", ""))
    match = _NORWEGIAN_IBAN.fullmatch(account)
    return match[1] if match else account
