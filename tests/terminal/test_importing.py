"""Importing invoices: stored, known, or rejected alone."""

from pathlib import Path

import pytest

from tests.terminal.office import HEAD, Office


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


def test_an_account_that_is_not_the_creditors_is_warned_of_in_the_dry_run_as_in_the_real_one(office: Office) -> None:
    file = office.folder / "accounts.csv"
    lines = [f"{office.line(number)},{account}" for number, account in [("h1", office.account), ("h2", "12345678903")]]
    file.write_text("\n".join([f"{HEAD},account", *lines]))
    told = f"account 12345678903 is not registered as the creditor's: debtors are shown {office.account} instead"
    for how in ("--dry-run", "--yes", "--dry-run", "--yes"):
        mine, other = office.typed("import", how, file, "--json").json["invoices"]
        assert [told in entry["warnings"] for entry in (mine, other)] == [False, True]


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


NOTES = "creditor,kind,number,invoice_number,issue_date,amount,currency"


def a_note(office: Office, number: str, invoice: str, amount: str = "100.00") -> Path:
    file = office.folder / f"a-{number}.csv"  # read before the invoices
    file.write_text(f"{NOTES}\n{office.creditor},credit_note,{number},{invoice},2026-03-05,{amount},NOK\n")
    return file


def owed(office: Office) -> list[object]:
    query = f"select sum(amount) from ledger_entry where creditor_id = '{office.creditor}' group by invoice_id"
    return [str(amount) for (amount,) in office.rows(query)]


def test_a_credit_note_before_its_invoice_is_taken_in_the_same_run(office: Office) -> None:
    files = a_note(office, "K1", "f1"), office.file(office.line("f1"))
    said = office.typed("import", "--yes", *files, "--json")
    assert [entry["case"] for entry in said.json["invoices"]] == ["started", "credited"]
    assert (said.code, owed(office)) == (0, ["702.00"])
    assert [entry["case"] for entry in office.typed("import", "--yes", *files, "--json").json["invoices"]] == [
        "known"
    ] * 2


def test_a_credit_note_whose_invoice_never_comes_is_rejected_alone(office: Office) -> None:
    said = office.typed("import", "--yes", a_note(office, "K2", "g9"), office.file(office.line("g1")), "--json")
    assert [entry["status"] for entry in said.json["invoices"]] == ["accepted", "rejected"]
    assert said.json["invoices"][1]["reason"] == "line 2: credit note K2: no invoice g9; import the invoice first"


def test_a_credit_note_larger_than_its_invoice_credits_all_of_it_and_says_so(office: Office) -> None:
    said = office.typed(
        "import", "--yes", office.file(office.line("h1")), a_note(office, "K3", "h1", "900.00"), "--json"
    )
    assert said.json["invoices"][1]["warnings"] == [
        "credit note K3 is over 900.00, invoice h1 over 802.00: it is credited in full, the other 98.00 NOK are not booked"
    ]
    assert owed(office) == ["0.00"]


def test_people_of_one_customer_number_are_each_their_own_debtor(office: Office) -> None:
    head = "creditor,number,issue_date,due_date,amount,currency,debtor_name,debtor_customer_number,debtor_email"
    rest = "2026-03-02,2026-03-16,802.00,NOK"
    file = office.folder / "collective.csv"
    lines = [
        f"{office.creditor},i{n},{rest},{name},99999,{name.split()[0].lower()}@example.no"
        for n, name in enumerate(("Ola Testmann", "Kari Nordmann", "OLA TESTMANN"))
    ]
    file.write_text("\n".join([head, *lines]))
    assert office.typed("import", "--yes", file, "--json").code == 0
    reached = office.rows(f"""select array_agg(distinct i.number), array_agg(distinct p.address)
        from debtor d join invoice i on i.debtor_id = d.id join contact_point p on p.debtor_id = d.id
        where d.creditor_id = '{office.creditor}' group by d.id order by 1""")
    assert [tuple(row) for row in reached] == [(["i0", "i2"], ["ola@example.no"]), (["i1"], ["kari@example.no"])]


def test_a_company_is_one_debtor_however_its_number_is_spelt(office: Office) -> None:
    head = "creditor,number,issue_date,due_date,amount,currency,debtor_name,debtor_organisation_number,debtor_email"
    file = office.folder / "spellings.csv"
    spellings = ["NO 923 609 016 MVA", "923 609 016", "923609016", "no923609016mva", "923.609.016", '="923609016"']
    lines = [
        f"{office.creditor},j{n},2026-03-02,2026-03-16,100.00,NOK,Firma AS,{number},a@example.no"
        for n, number in enumerate(spellings)
    ]
    file.write_text("\n".join([head, *lines]))
    assert office.typed("creditor", "add", office.details(business_policy="no-business"), "--json").code == 0
    assert office.typed("import", "--yes", file, "--json").code == 0
    numbers = office.rows(f"select organisation_number from debtor where creditor_id = '{office.creditor}'")
    assert [tuple(row) for row in numbers] == [("923609016",)]


@pytest.mark.parametrize(
    "run",
    [
        ["old", "new"],
        ["old 1.00"],
        ["old for another"],
        ["new", "new", "new 1.00"],
        ["new in SEK"],
        ["new of nobody"],
        ["new shares a number"],
        ["note of old", "note of old", "note of old 99"],
        ["note of old 900", "second of old"],
        ["note of new", "new"],
        ["note of nothing"],
        ["note of new in SEK", "new"],
        ["told before", "told before 5"],
    ],
)
def test_a_dry_run_beside_a_database_says_what_the_real_run_says(office: Office, run: list[str]) -> None:
    office.invoices("old")
    told = "credit_note,told,old,2026-03-05,,1.00,NOK,,"
    lines = {
        "old": office_line("old", "802.00", "K-old"),
        "old 1.00": office_line("old", "1.00", "K-old"),
        "old for another": office_line("old", "802.00", "K-other"),
        "new": office_line("new", "802.00"),
        "new 1.00": office_line("new", "1.00"),
        "new in SEK": office_line("sek", "802.00").replace("NOK", "SEK"),
        "new of nobody": office_line("x", "802.00"),
        "new shares a number": office_line("share", "802.00", "K-old").replace("Kari", "Ola"),
        "note of old": "credit_note,k1,old,2026-03-05,,100.00,NOK,,",
        "note of old 99": "credit_note,k1,old,2026-03-05,,99.00,NOK,,",
        "note of old 900": "credit_note,k9,old,2026-03-05,,900.00,NOK,,",
        "second of old": "credit_note,k2,old,2026-03-05,,100.00,NOK,,",
        "note of new": "credit_note,k3,new,2026-03-05,,100.00,NOK,,",
        "note of nothing": "credit_note,k4,nothing,2026-03-05,,100.00,NOK,,",
        "note of new in SEK": "credit_note,k5,new,2026-03-05,,100.00,SEK,,",
        "told before": told,
        "told before 5": told.replace("1.00", "5.00"),
    }
    head = "creditor,kind,number,invoice_number,issue_date,due_date,amount,currency,debtor_name,debtor_customer_number"
    first = office.folder / f"first-{office.creditor}.csv"
    first.write_text(f"{head}\n{office.creditor},{told}\n")
    assert office.typed("import", "--yes", first).code == 0
    file = office.folder / f"run-{office.creditor}.csv"
    owners = ("nobody" if each == "new of nobody" else office.creditor for each in run)
    file.write_text("\n".join([head, *(f"{owner},{lines[each]}" for owner, each in zip(owners, run, strict=True))]))
    before = office.rows("select count(*) from ledger_entry")
    foreseen = office.typed("import", "--dry-run", file, "--json").json["invoices"]
    assert office.rows("select count(*) from ledger_entry") == before
    came = office.typed("import", "--yes", file, "--json").json["invoices"]
    said = ("number", "status", "reason", "warnings")
    assert [[each[name] for name in said] for each in foreseen] == [[each[name] for name in said] for each in came]


def office_line(number: str, amount: str, customer: str = "") -> str:
    return f"invoice,{number},,2026-03-02,2026-03-16,{amount},NOK,Kari Nordmann,{customer or f'K-{number}'}"


def test_a_dry_run_whose_database_is_away_judges_by_the_files_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURR_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    said = office.typed("import", "--dry-run", office.file(office.line("f1")))
    assert (said.code, "1 accepted, 0 rejected" in said.out) == (0, True)
    assert "judged by the files alone" in said.err
