"""Importing invoices: stored, known, or rejected alone."""

from pathlib import Path

from tests.terminal.office import Office


def test_an_import_stores_the_invoices_and_says_who_is_away(office: Office) -> None:
    said = office.typed("import", "--yes", office.file(office.line("a1"), office.line("a2")))
    assert said.code == 0
    assert "2 stored, 0 rejected; cases started: 2" in said.out
    assert "the Temporal server at 127.0.0.1:1 does not answer" in said.err
    assert "cases start when it is back" in said.err
    assert len(office.rows(f"select 1 from dunning_case where creditor_id = '{office.creditor}'")) == 2


def test_the_same_import_again_changes_nothing(office: Office) -> None:
    file = office.file(office.line("b1"))
    assert office.typed("import", "--yes", file, "--json").json["invoices"][0]["case"] == "started"
    again = office.typed("import", "--yes", file, "--json")
    assert again.code == 0
    assert again.json["invoices"][0]["case"] == "known"


def test_a_number_that_comes_twice_with_other_content_is_rejected_alone(office: Office) -> None:
    lines = [office.line("c1"), office.line("c1"), office.line("c1", amount="1.00"), office.line("c2")]
    said = office.typed("import", "--yes", office.file(*lines), "--json")
    assert said.code == 1
    assert [entry["case"] for entry in said.json["invoices"]] == ["started", "known", None, "started"]
    assert "line 4: invoice c1 came before with 802.00 NOK" in said.json["invoices"][2]["reason"]
    assert (said.json["accepted"], said.json["rejected"]) == (3, 1)


def test_an_invoice_of_an_unknown_creditor_is_rejected_alone(office: Office) -> None:
    stranger = office.line("d1").replace(office.creditor, "nobody")
    said = office.typed("import", "--yes", office.file(stranger, office.line("d2")), "--json")
    assert [entry["status"] for entry in said.json["invoices"]] == ["rejected", "accepted"]
    assert "no creditor 'nobody'" in said.json["invoices"][0]["reason"]


def test_an_import_for_one_creditor_takes_no_others(office: Office, tmp_path: Path) -> None:
    other = Office(office.typed, tmp_path, office.url)
    said = office.typed("import", "--yes", other.file(other.line("e1")), "--creditor", office.creditor, "--json")
    assert said.code == 1
    assert office.rows(f"select 1 from invoice where creditor_id in ('{office.creditor}', '{other.creditor}')") == []
