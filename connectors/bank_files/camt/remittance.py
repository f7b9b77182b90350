"""What a payment is for: its reference, references with their parts, or text, on whichever level the bank tells it."""

import re
from decimal import Decimal
from typing import NamedTuple

from lxml import etree

from connectors.bank_files.bank_file import Part
from connectors.bank_files.camt.elements import Elements, amount_of, parent
from domain.money.references import holds

SCOR = "SCOR"
"""The code of a creditor's own payment reference."""
# What a payer numbers a payment with is a reference only where it is long enough to be no chance, and starts with no day.
_PLAINLY_A_REFERENCE = re.compile(r"(?!20\d\d(?:0[1-9]|1[0-2])[0-3]\d)\d{9,25}", re.ASCII)


class Remittance(NamedTuple):
    """What a transaction's remittance information holds, and what is wrong with it."""

    reference: str
    parts: tuple[Part, ...]
    text: str | None
    fault: str | None = None


def remittance(element: etree._Element, amount: Decimal, elements: Elements) -> Remittance:
    """Reference, parts and text of a transaction that has more than one reference or text."""
    found: dict[str, dict[str, Decimal | None]] = {SCOR: {}, "": {}}
    texts = [one.text or "" for one in element.iterfind("d:RmtInf/d:Ustrd", elements.names)]
    for structured in element.iterfind("d:RmtInf/d:Strd", elements.names):
        given = structured.findall("d:CdtrRefInf", elements.names)
        share = _share(structured, elements) if len(given) == 1 else None
        for one in given:
            reference = elements.text(one, "d:Ref")
            code = elements.text(one, "d:Tp/d:CdOrPrtry/d:Cd") or ""
            if reference and code in found:
                found[code][reference] = share
            elif reference:
                texts.append(reference)
        for path in ("d:RfrdDocInf/d:Nb", "d:AddtlRmtInf"):
            texts += [one.text or "" for one in structured.iterfind(path, elements.names)]
    references = found[SCOR] or found[""]
    text = " ".join(" ".join(texts).split()) or None
    if len(references) < 2:
        return Remittance(next(iter(references), ""), (), text)
    parts = tuple(Part(*reference) for reference in references.items())
    shares = [part.amount for part in parts if part.amount is not None]
    differ = len(shares) == len(parts) and sum(shares) != amount
    fault = f"is of {amount}, but its references make {sum(shares)}" if differ else None
    return Remittance("", parts, text, fault)


def _share(structured: etree._Element, elements: Elements) -> Decimal | None:
    """The part of a payment that belongs to one reference; a credit note's is taken off."""
    for path, sign in (("d:RfrdDocAmt/d:RmtdAmt", 1), ("d:RfrdDocAmt/d:CdtNoteAmt", -1)):
        amount = amount_of(elements.text(structured, path) or "")
        if amount is not None:
            return amount * sign
    return None


def told_elsewhere(element: etree._Element, text: str | None, elements: Elements, *, alone: bool) -> str | None:
    """The words beside a transaction's own: of the bank and, where it is alone, on its entry."""
    words = [text, elements.text(element, "d:AddtlTxInf")]
    if alone:
        entry = element if element.tag == elements.tag("Ntry") else parent(parent(element))
        words.append(elements.text(entry, "d:AddtlNtryInf"))
    kept: list[str] = []
    for one in filter(None, words):
        if not any(one in other for other in kept):
            kept.append(one)
    return " ".join(kept) or None


def end_to_end(element: etree._Element, elements: Elements, currency: str) -> str:
    """The payer's own number where it is plainly a payment reference: digits, long enough, that hold, and no date."""
    number = elements.text(element, "d:Refs/d:EndToEndId") or ""
    return number if _PLAINLY_A_REFERENCE.fullmatch(number) and holds(number, currency) else ""
