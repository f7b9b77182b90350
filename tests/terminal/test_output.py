"""What commands say: the clocks of home in whatever zone the machine is, eighty columns, and rows for spreadsheets."""

import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from terminal.output import answer, answer_table, speak
from tests.terminal.office import Office


@pytest.fixture(params=["UTC", "America/New_York"])
def machine_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is in another zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A terminal of the usual width, and nobody who asks for another form."""
    monkeypatch.setenv("COLUMNS", "80")
    speak([])
    yield
    speak([])


@pytest.mark.usefixtures("machine_elsewhere")
@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2035, 7, 5, 22, 30, tzinfo=UTC), "2035-07-06 00:30 CEST"),
        (datetime(2035, 1, 5, 22, 30, tzinfo=UTC), "2035-01-05 23:30 CET"),
        (datetime(2035, 10, 28, 0, 30, tzinfo=UTC), "2035-10-28 02:30 CEST"),  # the hour that comes twice
        (datetime(2035, 10, 28, 1, 30, tzinfo=UTC), "2035-10-28 02:30 CET"),
    ],
)
def test_a_table_shows_what_the_clocks_at_home_show_and_says_their_zone(
    capsys: pytest.CaptureFixture[str], moment: datetime, shown: str
) -> None:
    answer_table({}, [{"asked_at": moment}])
    assert shown in capsys.readouterr().out


SHORT = {"invoice": "acme/1001", "due": date(2035, 7, 5), "balance": "802.00 NOK", "note": "stopped: channel sms"}
LONG = {f"column {nth}": "a-word-of-twenty-four-xx" for nth in range(6)}


@pytest.mark.parametrize("row", [SHORT, SHORT | {"note": "why " * 40}, SHORT | {"note": "w" * 200}, LONG])
def test_every_answer_fits_eighty_columns_and_loses_nothing(
    capsys: pytest.CaptureFixture[str], row: dict[str, Any]
) -> None:
    answer_table({}, [row, row], title="two")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    whole = "".join(said.split())
    assert all(len(str(value)) > 24 or str(value).replace(" ", "") in whole for value in row.values())
    assert said.count("w") >= 2 * str(row).count("w")


def test_no_word_is_broken_where_the_narrowest_columns_have_room(capsys: pytest.CaptureFixture[str]) -> None:
    row = {
        "step": "due-date-reminder", "way": "sms 18:00 kind", "taken": 1234, "effective": 410, "paid": "62.3% (58.1% to 66.4%)",
        "more": "4.1% (-1.0% to 8.9%)", "than": "what was done", "verdict": "undecided",
    }  # fmt: skip
    answer_table({}, [row, row | {"verdict": "cannot be said"}])
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    assert {word for value in row.values() for word in str(value).split()} <= set(said.split())


def test_a_spreadsheet_takes_nothing_for_a_formula_and_numbers_for_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    evil = ["=1+1", "+4712345678", "-2+3", "@SUM(A1)", "\t=1", "\r=1"]
    speak(["tasks", "list", "--output", "csv"])
    answer_table({}, [{"text": text, "amount": Decimal("-5.00"), "open": True, "none": None} for text in evil])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert rows[0] == ["text", "amount", "open", "none"]
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in evil]
    assert {tuple(row[1:]) for row in rows[1:]} == {("-5.00", "yes", "")}


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        (["list"], "words"),
        (["list", "--json"], "json"),
        (["list", "--output", "json"], "json"),
        (["--output=csv", "list"], "csv"),
        (["hold", "1", "--note", "json"], "words"),
        (["list", "--json", "--output", "table"], "words"),
        (["list", "--output"], "words"),
    ],
)
def test_the_form_of_an_answer_is_asked_for(capsys: pytest.CaptureFixture[str], typed: list[str], form: str) -> None:
    speak(typed)
    answer({"done": 3}, "three are done")
    assert (
        capsys.readouterr().out == {"words": "three are done\n", "json": '{"done": 3}\n', "csv": "done\r\n3\r\n"}[form]
    )


def test_what_lists_tells_each_form_the_same(office: Office) -> None:
    office.invoices("o1", "o2")
    asked = ["list", "--where", f"creditor={office.creditor}"]
    machine = json.loads(office.typed(*asked, "--output", "json").out)["cases"]
    sheet = list(csv.DictReader(io.StringIO(office.typed(*asked, "--output", "csv").out)))
    assert [row["invoice"] for row in sheet] == [case["invoice"] for case in machine] == ["o1", "o2"]
    assert {row["balance"] for row in sheet} == {"802.00"}
    booked = office.typed("pay", f"{office.creditor}/o1", "2.00", "--id", "o1-paid", "--output", "csv").out
    assert booked.splitlines()[1].startswith(f"{office.creditor}/o1,booked,2.00,800.00")
