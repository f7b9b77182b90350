"""Bank files of every format: known by their content, read twice alike, reported as machines expect."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bank_files.bank_file import BankFile, BankPayment, Part, Repeats, payments_report
from connectors.bank_files.reader import examine, payments
from tests.connectors.bank_files import test_bgmax, test_ocr_giro
from tests.connectors.bank_files.camt import test_parse as test_camt

WRITTEN = {
    "ocr-giro": "\n".join(test_ocr_giro.a_file(test_ocr_giro.assignment(test_ocr_giro.THREE))),
    "bgmax": "\n".join(test_bgmax.a_file(test_bgmax.section(test_bgmax.payment(100)))),
    "camt.053": test_camt.message(
        test_camt.statement(test_camt.entry("1.00", test_camt.transaction("1.00")), name="Stmt"), kind="053"
    ),
    "camt.054": test_camt.message(test_camt.statement(test_camt.entry("1.00", test_camt.transaction("1.00")))),
}


def written(folder: Path, content: str | bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def report(*files: tuple[BankFile, list[BankPayment]]) -> Any:
    return json.loads("".join(payments_report(files)))


@pytest.mark.parametrize("name", ["payments.xml", "payments.txt", "payments", "OCR.D201126"])
@pytest.mark.parametrize("written_in", WRITTEN)
def test_a_file_is_known_by_its_content_whatever_its_name(tmp_path: Path, name: str, written_in: str) -> None:
    for start in ("", "\n\r\n", "\ufeff"):
        path = written(tmp_path, start + WRITTEN[written_in], name)
        found = examine(path)
        assert (found.format, found.flags) == (written_in, [])
        assert found.transactions == len(list(payments(path))) > 0


@pytest.mark.parametrize(
    ("content", "flag"),
    [
        ("", "is empty"),
        ("\r\n \n", "is empty"),
        ("buy milk", "is no bank file of a known format"),
        (b"\x89PNG\r\n\x1a\n", "is no bank file of a known format"),
        ("<Document/>", "is XML, but no camt.053, camt.054 or pain.002"),
        ("<Document", "is not well-formed XML"),
    ],
)
def test_a_file_of_no_known_format_has_one_flag_that_says_what_it_is(
    tmp_path: Path, content: str | bytes, flag: str
) -> None:
    path = written(tmp_path, content)
    found = examine(path)
    assert (found.format, found.transactions, list(payments(path)), len(found.flags)) == (None, 0, [], 1)
    assert flag in found.flags[0]


@pytest.mark.parametrize("written_in", WRITTEN)
def test_every_pass_gives_the_same_payments_and_the_sum_that_the_file_says(tmp_path: Path, written_in: str) -> None:
    path = written(tmp_path, WRITTEN[written_in])
    found = examine(path)
    first = list(payments(path))
    assert list(payments(path)) == first
    assert sum(payment.amount for payment in first) == found.total
    assert {payment.account for payment in first} == set(found.accounts)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_words_are_as_windows_wrote_them_and_the_payment_stays_itself(tmp_path: Path) -> None:
    said = "<Ustrd>Bjørn \u2013 d\u2019Sør</Ustrd>"
    text = test_camt.message(test_camt.statement(test_camt.entry("100.00", test_camt.transaction(told=said))))
    latin = text.replace("UTF-8", "ISO-8859-1").encode("cp1252")
    (told,) = payments(written(tmp_path, latin, "latin"))
    (same,) = payments(written(tmp_path, text))
    assert (told.text, told) == ("Bjørn \u2013 d\u2019Sør", same)


def test_a_file_that_cannot_be_read_is_an_os_error(tmp_path: Path) -> None:
    for read in (examine, lambda path: list(payments(path))):
        with pytest.raises(OSError, match="No such file"):
            read(tmp_path / "nowhere")


def test_the_report_has_the_shape_that_machines_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, "\n".join(test_ocr_giro.a_file(test_ocr_giro.assignment([test_ocr_giro.amount(1, 1563000)])))
    )
    assert report((examine(path), list(payments(path)))) == {
        "files": [
            {
                "file": str(path),
                "format": "ocr-giro",
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "transactions": 1,
                "total": "15630.00",
                "totals": {"NOK": "15630.00"},
                "flags": [],
                "notes": [],
                "payments": [
                    {
                        "reference": "2345676",
                        "amount": "15630.00",
                        "currency": "NOK",
                        "booked_on": "2026-11-20",
                        "type": 10,
                        "debit_account": "99990512341",
                        "account": test_ocr_giro.ACCOUNT,
                        "payer_name": None,
                        "text": None,
                        "return_reason": None,
                        "parts": [],
                    }
                ],
            }
        ]
    }


def test_the_report_names_the_first_of_several_references_and_all_of_them_as_parts() -> None:
    parts = (Part("1", Decimal("2.00")), Part("2", None))
    payment = BankPayment("id", None, Decimal("3.00"), "SEK", date(2026, 11, 20), "20", "9912346", parts=parts)
    file = BankFile("file", "bgmax", "00", 1, {"SEK": Decimal("3.00"), "EUR": Decimal("1.00")}, [])
    (told,) = report((file, [payment]))["files"]
    assert (told["total"], told["totals"]) == (None, {"SEK": "3.00", "EUR": "1.00"})
    assert (told["payments"][0]["reference"], told["payments"][0]["type"]) == ("1", "20")
    assert told["payments"][0]["parts"] == [{"reference": "1", "amount": "2.00"}, {"reference": "2", "amount": None}]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_report_of_any_number_of_files_is_one_document(number: int) -> None:
    file = BankFile("file", None, None, 0, {}, ["is empty"])
    assert report(*[(file, [])] * number) == {"files": [report((file, []))["files"][0]] * number}


@given(st.lists(st.sampled_from("abcdef")))
def test_repeats_are_counted(things: list[str]) -> None:
    repeats = Repeats()
    assert [repeats.count(thing) for thing in things] == [
        things[: at + 1].count(thing) for at, thing in enumerate(things)
    ]
