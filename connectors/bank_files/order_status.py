"""A bank's answer to a file of payments that we ordered (ISO 20022 pain.002): what of it will not be carried out, and why.

That it was taken moves nothing, for the account's statement tells what has left.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from connectors.bank_files.bank_file import BankPayment, Findings, OrderRefused
from connectors.bank_files.camt.elements import Elements, day_of, parsed
from connectors.bank_files.camt.message import message_of
from connectors.refund_files import END_TO_END, MESSAGE

_REFUSED = "RJCT"


class _Where(NamedTuple):
    """Where an answer has the id of what it is about, and its status; of the whole file or of one order."""

    id: str
    status: str
    whole: bool


_ANSWERS = {
    "OrgnlGrpInfAndSts": _Where("d:OrgnlMsgId", "d:GrpSts", True),
    "OrgnlPmtInfAndSts": _Where(
        "d:OrgnlPmtInfId", "d:PmtInfSts", True
    ),  # the one payment that has all orders of a file
    "TxInfAndSts": _Where("d:OrgnlEndToEndId", "d:TxSts", False),
}


def read(path: Path, findings: Findings) -> Iterator[BankPayment]:
    """No payment, but what the bank refused; OSError where the file cannot be read."""
    yield from ()
    message = message_of(path)
    if isinstance(message, str):
        findings.flag(message)
        return
    elements = Elements(message.namespace, message.lines_before)
    kinds = {elements.tag(name): where for name, where in _ANSWERS.items()}
    refused = dict[str, OrderRefused]()
    day: date | None = None
    with path.open("rb") as file:
        try:
            for _, element in parsed(file, events=("end",), tag=(elements.tag("GrpHdr"), *kinds)):
                if where := kinds.get(str(element.tag)):
                    told = _refused(element, where, day, elements, findings)
                    refused |= {told.id: refused.get(told.id, told)} if told else {}
                elif (day := day_of(elements.text(element, "d:CreDtTm") or "")) is None:
                    findings.flag(f"CreDtTm: tells no day on which the bank answered{elements.line_of(element)}")
                element.clear()
        except etree.XMLSyntaxError as error:
            findings.flag(f"line {(error.lineno or 0) + message.lines_before}: is not well-formed XML")
    findings.refused += sorted(refused.values(), key=lambda each: each.whole)  # what is wrong with one comes first


def _refused(
    answer: etree._Element, where: _Where, day: date | None, elements: Elements, findings: Findings
) -> OrderRefused | None:
    id, status = elements.text(answer, where.id) or "", elements.text(answer, where.status)
    if status is None:
        return None
    if not (MESSAGE if where.whole else END_TO_END).fullmatch(id):
        findings.left_out["answers about payments that are none of ours"] += 1
    elif status != _REFUSED:
        findings.left_out["answers that refuse nothing"] += 1
    elif day is not None:
        return OrderRefused(id, where.whole, day, _reason(answer, elements))
    return None


def _reason(answer: etree._Element, elements: Elements) -> str | None:
    """Why, as a code and in words, as far as either is told."""
    code = elements.text(answer, "d:StsRsnInf/d:Rsn/d:Cd")
    told = elements.text(answer, "d:StsRsnInf/d:AddtlInf") or elements.text(answer, "d:StsRsnInf/d:Rsn/d:Prtry")
    return ": ".join(filter(None, (code, told))) or None
