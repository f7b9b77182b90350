"""`report`: a table with a sentence for people, a document for machines, and rows for spreadsheets."""

from datetime import timedelta

import pytest

from tests.begin import TODAY
from tests.terminal.office import Office, Typed


def test_what_is_owed_is_told_with_a_sentence(office: Office) -> None:
    office.invoices("1001", "1002")
    said = office.typed("report", "ageing", "--creditor", office.creditor)
    assert said.code == 0
    assert "What is owed, by age" in said.out
    assert f"{office.creditor}: 1,604.00 NOK is owed on 2 invoices, 1,604.00 of it past its due date" in said.out
    document = office.typed("report", "ageing", "--creditor", office.creditor, "--json").json
    assert [(row["owed"], row["invoices"]) for row in document["rows"]] == [("1604.00", 2)]
    assert document["formula"] == "docs/reports.md#ageing"
    head, row = office.typed("report", "ageing", "--creditor", office.creditor, "--output", "csv").out.splitlines()
    assert (head[:31], row[: len(office.creditor) + 5]) == (
        "creditor,currency,not_due,days_",
        f"{office.creditor},NOK,",
    )


def test_a_day_before_knows_nothing_of_today(office: Office) -> None:
    office.invoices("1001")
    yesterday = str(TODAY - timedelta(days=1))
    said = office.typed("report", "ageing", "--creditor", office.creditor, "--as-of", yesterday, "--json").json
    assert (said["rows"], said["sentences"]) == ([], {office.creditor: f"nothing was known through {yesterday}"})


def test_without_a_creditor_it_is_of_all_but_those_in_test_mode(at_facts: Typed, office: Office) -> None:
    office.invoices("1001")
    trying = office.creditor + "-test"
    assert at_facts("creditor", "add", office.details(id=trying, mode="test", collection_partner=None)).code == 0
    named = at_facts("report", "ageing", "--json").json["sentences"]
    assert office.creditor in named
    assert trying not in named
    assert trying in at_facts("report", "ageing", "--creditor", trying, "--json").json["sentences"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["aging"], 2, "there is no report aging; there are goals, ageing, dso"),
        (["ageing", "--as-of", "yesterday"], 2, "yesterday"),
        (["ageing", "--as-of", "2199-01-01"], 1, "2199-01-01 is ahead"),
        (["ageing", "--creditor", "nobody"], 1, "nobody"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_a_sentence(
    office: Office, words: list[str], code: int, says: str
) -> None:
    said = office.typed("report", *words)
    assert (said.code, says in said.err) == (code, True), said


def test_all_of_them_are_written_as_a_page(office: Office) -> None:
    office.invoices("1001")
    file = office.folder / "reports.html"
    said = office.typed("report", "--html", file, "--creditor", office.creditor)
    assert (said.code, said.out.strip()) == (0, f"written: {file}")
    page = file.read_text("utf-8")
    assert "802.00 NOK is owed on 1 invoices" in page
    assert "<h3>Customers kept</h3>" in page
    nowhere = office.typed("report", "ageing", "--html", office.folder / "none" / "reports.html")
    assert (nowhere.code, "cannot be written" in nowhere.err) == (1, True)
    assert office.typed("report").code == 2
