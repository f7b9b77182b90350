"""Old invoices are not let loose unasked: the import says what would go out, and asks."""

import json
from datetime import timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.begin import BEGIN, TODAY
from tests.terminal.office import Typed

LETTERS = "debtor_name,debtor_customer_number,debtor_email,debtor_address_1,debtor_postcode,debtor_city"
HEAD = f"number,issue_date,due_date,amount,currency,{LETTERS},already_sent"
LATE, LATER = str(TODAY - timedelta(days=30)), str(TODAY - timedelta(days=40))
ISSUED = str(TODAY - timedelta(days=60))
NOT_DUE = str(TODAY + timedelta(days=14))
_numbers = count(1)


class Office:
    """A creditor of the test's own, and the files that it imports."""

    def __init__(self, typed: Typed, folder: Path, url: str) -> None:
        number = next(_numbers)
        self.typed, self.folder, self.url = typed, folder, url
        self.creditor, self.account = f"old-{number}", f"{30_000_000_000 + number}"
        details = {"id": self.creditor, "name": "Firm AS", "accounts": [self.account], "consumer_policy": "no-gentle"}
        (folder / "creditor.yaml").write_text(json.dumps(details))  # JSON is YAML too
        assert typed("creditor", "add", folder / "creditor.yaml").code == 0
        self.facts("update bank_account set imported_through = '2090-01-01'")

    def line(self, number: str, due: str = LATE, sent: str = "", currency: str = "NOK", issued: str = ISSUED) -> str:
        kari = f"Kari Nordmann,K-{number},kari{number}@example.no,Storgata 1,0155,Oslo"
        return f"{number},{issued},{due},802.00,{currency},{kari},{sent}"

    def file(self, *lines: str) -> Path:
        file = self.folder / f"invoices-{next(_numbers)}.csv"
        file.write_text("\n".join([HEAD, *lines]))
        return file

    def facts(self, statement: str) -> int:
        with psycopg.connect(self.url.replace("postgresql+psycopg://", "postgresql://")) as connection:
            return connection.execute(statement.encode()).rowcount

    def stored(self) -> int:
        return self.facts(f"select from invoice where creditor_id = '{self.creditor}'")


@pytest.fixture
def office(at_facts: Typed, tmp_path: Path, database_url: str) -> Office:
    return Office(at_facts, tmp_path, database_url)


def test_where_nobody_can_be_asked_old_invoices_are_refused_and_nothing_is_stored(office: Office) -> None:
    file = office.file(office.line("1"), office.line("2", LATER), office.line("3", NOT_DUE))
    said = office.typed("import", file, "--creditor", office.creditor)
    assert said.code == 1
    assert f"new invoices: 2 past due, the oldest since {LATER}; on 20" in said.err
    assert "would go out: 2 " in said.err
    assert "Nothing is stored: tell with already_sent what was sent before, then import with --yes" in said.err
    assert office.stored() == 0


def test_a_machine_gets_the_refusal_as_json(office: Office) -> None:
    said = office.typed("import", office.file(office.line("1")), "--creditor", office.creditor, "--json")
    assert said.code == 1
    assert "new invoices: 1 past due" in said.json["error"]


def test_with_yes_they_are_stored_and_counted(office: Office) -> None:
    file = office.file(office.line("1"), office.line("2", NOT_DUE))
    said = office.typed("import", file, "--creditor", office.creditor, "--yes", "--json")
    assert said.code == 0
    assert (said.json["past_due"]["invoices"], said.json["past_due"]["oldest"]) == (1, LATE)
    assert sum(said.json["past_due"]["goes_out"].values()) >= 1
    assert office.stored() == 2


def test_invoices_that_are_known_are_not_asked_about_again(office: Office) -> None:
    file = office.file(office.line("1"))
    assert office.typed("import", file, "--creditor", office.creditor, "--yes").code == 0
    assert office.typed("import", file, "--creditor", office.creditor).code == 0


def test_invoices_that_are_not_due_are_stored_without_asking(office: Office) -> None:
    said = office.typed("import", office.file(office.line("1", NOT_DUE)), "--creditor", office.creditor)
    assert said.code == 0
    assert office.stored() == 1


def test_a_bad_old_invoice_is_rejected_as_ever_and_asked_about_no_more(office: Office) -> None:
    lines = [
        office.line("1", currency="kroner"),
        office.line("2", "2026-03-16", "reminder letter 2026-04-20 fee 99.00", issued="2026-03-02"),
    ]
    said = office.typed("import", office.file(*lines), "--creditor", office.creditor, "--json")
    assert said.code == 1
    assert [entry["status"] for entry in said.json["invoices"]] == ["rejected", "rejected"]
    assert "may bear 38 NOK at most, not 99.00" in said.json["invoices"][1]["reason"]


def test_what_was_sent_before_is_stored_with_the_invoice(office: Office) -> None:
    sent = "invoice email 2026-03-02 | reminder letter 2026-04-20 fee 35.00 deadline 2026-05-05"
    said = office.typed(
        "import",
        office.file(office.line("1", "2026-03-16", sent, issued="2026-03-02")),
        "--creditor",
        office.creditor,
        "--yes",
    )
    assert said.code == 0
    standing = office.typed("status", f"{office.creditor}/1", "--json").json
    assert standing["balance"] == "837.00"


def test_a_dry_run_tells_of_old_invoices_with_nothing_running(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text(
        f"{HEAD}\n1,2026-03-02,2026-03-16,802.00,NOK,Kari Nordmann,,,,,,\n2,2026-03-02,2090-01-02,802.00,NOK,Ola,,,,,,"
    )
    said = typed("import", file, "--dry-run")
    assert said.code == 0
    assert "invoices: 1 past due, the oldest since 2026-03-16: the import asks" in said.err
    assert typed("import", file, "--dry-run", "--json").json["past_due"]["invoices"] == 1


def test_where_nothing_would_go_out_it_says_so(office: Office) -> None:
    office.facts(
        "insert into stop_switch (scope, key, by, reason_code, happened_at) "
        f"values ('creditor', '{office.creditor}', 'anne', 'faulty-run', '{BEGIN}')"
    )
    said = office.typed("import", office.file(office.line("1")), "--creditor", office.creditor)
    assert said.code == 1
    assert "; nothing would go out within a week. Nothing is stored" in said.err
