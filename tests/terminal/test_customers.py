"""Customers worth keeping, over the terminal: relations from files, and what losing a customer would cost."""

from tests.terminal.office import Office

HEAD = "id,customer_number,kind,on,monthly_margin,currency"


def test_relations_are_imported_line_by_line_and_status_says_what_there_is_to_lose(office: Office) -> None:
    file = office.folder / f"{office.creditor}-relations.csv"
    lines = [
        "crm-1,K-w1,started,2020-01-01,100.00,NOK",
        "crm-2,K-w1,renewed,2020-13-01,,",
        "crm-1,K-w2,started,2020-01-01,,",
    ]
    file.write_text("\n".join([HEAD, *lines]))
    mine = ("--creditor", office.creditor)
    tried = office.typed("customers", "import", file, *mine, "--dry-run", "--json")
    assert (tried.code, [event["status"] for event in tried.json["events"]]) == (1, ["new", "rejected", "rejected"])
    assert office.typed("customers", "show", office.creditor, "K-w1").code == 1
    for status in ("new", "known"):
        stored = office.typed("customers", "import", file, *mine)
        assert stored.code == 1
        assert f"rejected {file}: line 3: on is not a day of the calendar" in stored.out
        assert f"rejected {file}: line 4: event crm-1 came before with other content" in stored.out
        assert f"1 {'kept' if status == 'new' else 'known'}" in stored.out
    shown = office.typed("customers", "show", office.creditor, "K-w1", "--json").json
    assert (shown["customer"], shown["lost_customer_cost"]) == (True, [{"amount": "3600.00", "currency": "NOK"}])
    office.invoices("w1")
    assert office.typed("status", f"{office.creditor}/w1", "--json").json["lost_customer_cost"] == ["3600.00 NOK"]
    assert "3600.00 NOK" in office.typed("status", f"{office.creditor}/w1").out


def test_a_file_of_something_else_and_another_creditors_lines_are_refused(office: Office) -> None:
    nothing = office.typed("customers", "import", office.file(office.line("w2")), "--creditor", office.creditor)
    assert (nothing.code, "no column named customer_number" in nothing.err) == (1, True), nothing
    file = office.folder / f"{office.creditor}-foreign.csv"
    file.write_text(f"creditor,{HEAD}\nnobody-at-all,a,K-1,started,2020-01-01,,\n,b,K-1,started,2020-01-01,,")
    foreign = office.typed("customers", "import", file, "--creditor", office.creditor)
    assert "line 2: no creditor 'nobody-at-all'" in foreign.out
    assert "1 kept" in foreign.out
    assert "line 3: no creditor named" in office.typed("customers", "import", file).out


def test_who_was_kept_is_asked_for_by_the_first_day_that_counts(office: Office) -> None:
    office.invoices("w5")
    kept = office.typed("customers", "kept", office.creditor, "--since", "2026-01-01", "--json")
    (group,) = kept.json["groups"]
    assert (group["by"], group["group"], group["customers"]) == ("relation", "not known", 1)
    assert "not known" in office.typed("customers", "kept", office.creditor, "--since", "2026-01-01").out
    assert office.typed("customers", "kept", "nobody-at-all", "--since", "2026-01-01").code == 1
