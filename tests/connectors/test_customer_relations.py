"""Customer relations in CSV: what is read, and every bad line refused by itself in the file's words."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.customer_relations import read_relations
from domain.parties.relations import RelationEvent, RelationKind

HEAD = "id;customer_number;kind;on;product;monthly_margin;currency;contract_end;payment_method;reason"

BAD = {
    "e;K-1;stopped;2026-01-01;;;;;;": "kind is neither 'ended' nor 'started' nor 'renewed'",
    "e;K-1;started;01.02.2026;;;;;;": "on is not a date; write it as YYYY-MM-DD",
    "e;K-1;started;2026-02-30;;;;;;": "on is not a day of the calendar",
    "e;;started;2026-01-01;;;;;;": "customer_number is missing",
    ";K-1;started;2026-01-01;;;;;;": "id is missing",
    "e;K-1;started;2026-01-01;;100;;;;": "monthly_margin and currency go together",
    "e;K-1;started;2026-01-01;;;NOK;;;": "monthly_margin and currency go together",
    "e;K-1;started;2026-01-01;;100;KRONER;;;": "currency",
    "e;K-1;started;2026-01-01;;1,234;NOK;;;": "monthly_margin is not a number; write it in digits, like 1234.50",
    "e;K-1;started;2026-01-01;;0.001;NOK;;;": "monthly_margin has more than two decimals",
    "e;K-1;started;2026-01-01;;;;2025-01-01;;": "contract_end 2025-01-01 is before on 2026-01-01",
    "e;K-1;started;2026-01-01;;;;;;price": "reason says why a relation ended",
    "e;K-1;started": "has 3 fields where the header line has 10",
    "1E+05;K-1;started;2026-01-01;;;;;;": "id is 1E+05: the spreadsheet has cut the number",
}


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    """A file of these lines."""
    file = folder / "relations.csv"
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    return file


@pytest.mark.parametrize(("line", "why"), BAD.items(), ids=BAD.values())
def test_a_bad_line_is_refused_alone_in_the_words_of_the_file(tmp_path: Path, line: str, why: str) -> None:
    bad, good = read_relations(written(tmp_path, line, "f;K-2;renewed;2026-01-01;;;;;;"))
    assert bad.model is None
    assert bad.line == 2
    assert why in (bad.reason or "")
    assert (good.line, good.reason, good.id) == (3, None, "f")


def test_a_line_is_read_as_people_and_spreadsheets_write_it(tmp_path: Path) -> None:
    (read,) = read_relations(
        written(tmp_path, '="007";K-1;started;2024-03-01;broadband;-1 149,50;NOK;2027-03-01;avtalegiro;')
    )
    assert read.model is not None
    assert read.model.event == RelationEvent(
        "007", RelationKind.STARTED, date(2024, 3, 1), "broadband", Decimal("-1149.50"), "NOK", date(2027, 3, 1), "avtalegiro"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("number,amount", "no column named customer_number"),
        ("id,customer_number,kind", "has no column on"),
        (f"{HEAD};margin", "columns that are not known: margin"),
        (f"{HEAD};id", "columns of the same name: id"),
    ],
)
def test_another_file_is_refused_whole(tmp_path: Path, head: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        list(read_relations(written(tmp_path, "a,b", head=head)))
