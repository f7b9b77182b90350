"""The bank's answer to a file of refunds (pain.002): what it refuses is found, whatever else it says."""

from datetime import date
from pathlib import Path

import pytest

from connectors.bank_files.bank_file import BankFile
from connectors.bank_files.reader import examine, payments

OURS, FIRST, SECOND = f"PURR{'A' * 24}", f"PURR{'B' * 28}", f"PURR{'C' * 28}"
DAY = date(2026, 11, 30)
WHY = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Account closed</AddtlInf></StsRsnInf>"


def report(
    told: str, group: str = "", message: str = OURS, version: str = "10", at: str = "2026-11-30T08:00:00"
) -> str:
    """A bank's answer."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>B1</MsgId><CreDtTm>{at}</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>
{told}</CstmrPmtStsRpt></Document>"""


def of_order(id: str, status: str = "RJCT", why: str = WHY) -> str:
    """What it says of one order."""
    return f"<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}</TxInfAndSts>"


def payment(told: str, status: str = "") -> str:
    """What it says of the payment that has all orders of a file."""
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{OURS}</OrgnlPmtInfId>{status}{told}</OrgnlPmtInfAndSts>"


def read(folder: Path, text: str) -> BankFile:
    """The answer as it is read; it brings no payment."""
    path = folder / "answer.xml"
    path.write_text(text, encoding="utf-8")
    assert list(payments(path)) == []
    return examine(path)


@pytest.mark.parametrize("version", ["03", "10"])
def test_an_order_that_is_refused_is_told_with_its_reason(tmp_path: Path, version: str) -> None:
    told = payment(of_order(FIRST) + of_order(SECOND, "ACSP", ""), "<PmtInfSts>PART</PmtInfSts>")
    found = read(tmp_path, report(told, "<GrpSts>PART</GrpSts>", version=version))
    assert (found.format, found.transactions, found.flags) == ("pain.002", 0, [])
    assert found.refused == ((FIRST, False, DAY, "AC04: Account closed"),)
    assert found.notes == ("answers that refuse nothing: 3",)


@pytest.mark.parametrize(
    "text",
    [
        report("", f"<GrpSts>RJCT</GrpSts>{WHY}"),
        report(payment("", f"<PmtInfSts>RJCT</PmtInfSts>{WHY}")),
        report(payment("", f"<PmtInfSts>RJCT</PmtInfSts>{WHY}"), f"<GrpSts>RJCT</GrpSts>{WHY}"),
    ],
)
def test_a_file_that_is_refused_is_told_once(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).refused == ((OURS, True, DAY, "AC04: Account closed"),)


def test_what_is_wrong_with_an_order_comes_before_what_is_refused_with_it(tmp_path: Path) -> None:
    told = payment(of_order(SECOND, why=""), "<PmtInfSts>RJCT</PmtInfSts>")
    found = read(tmp_path, report(told, "<GrpSts>RJCT</GrpSts>"))
    assert [(each.id, each.whole, each.reason) for each in found.refused] == [(SECOND, False, None), (OURS, True, None)]


def test_answers_about_what_others_ordered_are_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, report(of_order("SALARY-11"), "<GrpSts>RJCT</GrpSts>", message="SALARIES"))
    assert (found.refused, found.notes) == ((), ("answers about payments that are none of ours: 2",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (report(of_order(FIRST), at="soon"), "CreDtTm: tells no day on which the bank answered"),
        (report(of_order(FIRST))[:-40], "is not well-formed XML"),
        (report(of_order(FIRST), version="01"), "is no pain.002 of version .001.02 or later"),
        (report(of_order(FIRST)).replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>'), "declares a document type"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_flagged(tmp_path: Path, text: str, says: str) -> None:
    assert says in " ".join(read(tmp_path, text).flags)
