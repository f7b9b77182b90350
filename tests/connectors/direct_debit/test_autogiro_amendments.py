"""What became of taking Autogiro payments back is told by payment, also what Bankgirot took back by itself."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.direct_debit.autogiro_answer import AMENDED, AutogiroFile
from tests.connectors.direct_debit.test_autogiro import read

STARTS = {
    "new": f"{'01AUTOGIRO':24}20270304{'':12}{'MAKULERING/ÄNDRING':20}1234560050501055",
    "old": f"0120270304AUTOGIRO9900{'MAK/ÄNDRINGSLISTA':40}1234560050501055",
}
END = f"09202703049900{'':14}{0:012}{0:06}{0:06}{'':4}{0:012}"


def change(kind: str, code: str, *, payer: int = 4711, ore: int = 25000, moved: str = "0" * 8) -> str:
    return f"{kind}20270310{payer:016}82{ore:012}REFERENS{moved}{'FAKTURA 17':16}{code}"


def told(folder: Path, *records: str, layout: str = "new", end: str = END) -> AutogiroFile:
    return read(folder, [STARTS[layout], *records, end])


@pytest.mark.parametrize("layout", ["new", "old"])
def test_each_payment_is_told_with_what_became_of_it(tmp_path: Path, layout: str) -> None:
    found = told(
        tmp_path,
        change("25", "12"),
        change("03", "12"),
        change("29", "14", moved="20270317"),
        change("25", "13"),
        layout=layout,
    )
    assert (found.flags, found.layout) == ((), layout)
    assert [answer.outcome for answer in found.answers] == [
        "taken back",
        "taken back by the centre",
        "moved",
        "not changed",
    ]
    first = found.answers[0]
    assert (first.payer_number, first.reference, first.amount, first.due_on, first.bankgiro) == (
        "4711",
        "FAKTURA 17",
        Decimal("250.00"),
        date(2027, 3, 10),
        "50501055",
    )
    assert found.answers[2].moved_to == date(2027, 3, 17)
    assert found.answers[3].words == "the payment was not taken back or moved: there is no such payment"


def test_what_speaks_of_all_payments_of_a_day_is_none_of_its_own(tmp_path: Path) -> None:
    of_all = f"2220270310{40:016}00{180000:012}{'0' * 32}12"
    found = told(tmp_path, of_all, change("25", "12"))
    assert (found.flags, len(found.answers)) == ((), 1)


@pytest.mark.parametrize("code", sorted(AMENDED))
def test_every_code_is_known(tmp_path: Path, code: str) -> None:
    found = told(tmp_path, change("25", code))
    assert (found.flags, found.answers[0].outcome != "unknown") == ((), True)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, change("25", "77")).flags == ("line 2: has the unknown comment code '77'",)
    assert told(tmp_path, "99").flags == ("line 2: is a record of unknown type '99': skipped",)
    assert told(tmp_path, end="").flags == ("the end record (type 09) is missing: the file is cut short",)
    assert told(tmp_path, END).flags == ("line 3: stands after the end record: skipped",)
