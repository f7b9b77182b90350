"""JSON files of invoices: one object, an array, or one object a line."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.invoice_files.read_invoice import ReadInvoice
from connectors.invoice_files.reader import read_invoices
from connectors.invoice_files.report import import_report

INVOICE: dict[str, Any] = {
    "number": "1001",
    "issue_date": "2026-11-02",
    "due_date": "2026-11-16",
    "currency": "NOK",
    "amount": "802.00",
    "reference": "2345676",
    "debtor": {"name": "Kari Nordmann", "city": "Oslo", "email": "kari@example.no", "phone": "91234567"},
}
NOTE = {
    "kind": "credit_note",
    "number": "K-1",
    "invoice_number": "1001",
    "issue_date": "2026-11-10",
    "currency": "NOK",
    "amount": "100",
}


def read(folder: Path, text: str) -> list[ReadInvoice]:
    path = folder / "invoices"
    path.write_text(text)
    return list(read_invoices([path]))


def statuses(found: list[ReadInvoice]) -> list[tuple[str, str | None, bool]]:
    return [(one.place, one.number, one.model is not None) for one in found]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_object_is_one_invoice(tmp_path: Path, indent: int | None) -> None:
    assert statuses(read(tmp_path, json.dumps(INVOICE, indent=indent))) == [("/", "1001", True)]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_bad_element_of_an_array_is_rejected_alone(tmp_path: Path, indent: int | None) -> None:
    elements = [INVOICE, INVOICE | {"amount": "-1"}, "x", NOTE, INVOICE | {"kind": "offer"}]
    assert statuses(read(tmp_path, json.dumps(elements, indent=indent))) == [
        ("element 1", "1001", True),
        ("element 2", "1001", False),
        ("element 3", None, False),
        ("element 4", "K-1", True),
        ("element 5", "1001", False),
    ]


@pytest.mark.parametrize("bad_line", [1, 2, 3])
def test_a_bad_line_is_rejected_alone(tmp_path: Path, bad_line: int) -> None:
    lines = [json.dumps(INVOICE)] * 3
    lines[bad_line - 1] = '{"number": "1001", '
    found = read(tmp_path, "\n".join(lines))
    assert [one.model is not None for one in found] == [line != bad_line for line in (1, 2, 3)]
    assert found[bad_line - 1].place == f"line {bad_line}"


def test_a_number_is_read_as_it_is_written_not_as_a_float(tmp_path: Path) -> None:
    text = json.dumps(INVOICE).replace('"802.00"', "1234567890.10")
    (one,) = read(tmp_path, text)
    assert one.model is not None
    assert one.model.amount == Decimal("1234567890.10")
    assert read(tmp_path, text.replace(".10", ".1000000000000001"))[0].model is None


def test_an_unknown_field_is_rejected_with_its_name(tmp_path: Path) -> None:
    (one,) = read(tmp_path, json.dumps(INVOICE | {"due": "2026-11-16"}))
    assert one.reason == "due is not a known field"


def test_each_wrong_field_is_named_without_repeating_what_was_given(tmp_path: Path) -> None:
    broken = INVOICE | {"amount": "0", "debtor": {"name": "Kari\x07 Nordmann"}}
    del broken["due_date"]
    (one,) = read(tmp_path, json.dumps(broken))
    assert one.reason is not None
    for words in (
        "due_date is missing",
        "amount is not more than 0",
        "debtor.name holds a control",
    ):
        assert words in one.reason
    assert "Kari" not in one.reason


@pytest.mark.parametrize(
    "text", ["[]", "{", "[1", '{"a": NaN}', "[" * 100_000, '{"a":' * 100_000, "[" + "9" * 5000 + "]", "{}\n"]
)
def test_json_that_holds_no_invoice_is_rejected_once_with_a_reason(tmp_path: Path, text: str) -> None:
    (one,) = read(tmp_path, text)
    assert one.model is None
    assert one.reason


def test_half_a_character_is_refused_and_can_still_be_reported(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps(INVOICE | {"reference": "\ud800"}))
    entry = import_report(found)["invoices"][0]
    assert (entry["status"], entry["reference"]) == ("rejected", "?")
    assert json.dumps(entry, ensure_ascii=False).encode()


def test_the_report_has_the_shape_that_machines_read(tmp_path: Path) -> None:
    report = import_report(read(tmp_path, json.dumps([INVOICE, NOTE])))
    assert report["invoices"][0] == {
        "file": str(tmp_path / "invoices"),
        "kind": "invoice",
        "number": "1001",
        "status": "accepted",
        "reason": None,
        "warnings": [],
        "issue_date": "2026-11-02",
        "due_date": "2026-11-16",
        "amount": "802.00",
        "currency": "NOK",
        "reference": "2345676",
        "reference_scheme": "kid",
        "reference_valid": True,
        "debtor": {
            "name": "Kari Nordmann",
            "email": "kari@example.no",
            "phone": "+4791234567",
            "country": "NO",
        },
    }
    assert report["invoices"][1]["kind"] == "credit_note"
    assert report["invoices"][1].keys() == report["invoices"][0].keys()
    assert (report["accepted"], report["rejected"]) == (2, 0)
