"""Accounting vouchers in the terminal: begun, closed, shown, and held against the ledger."""

from datetime import timedelta

import pytest

from tests.begin import BEGIN, TODAY
from tests.terminal.office import Office


def test_days_are_begun_closed_shown_and_agree(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_VOUCHER_FOLDER", str(office.folder / "vouchers"))
    assert office.typed("vouchers", "check", office.creditor).code == 1  # not begun
    said = office.typed("vouchers", "begin", office.creditor, "--from", f"{TODAY}", "--json")
    assert said.json == {"creditor": office.creditor, "from": f"{TODAY}"}
    assert "are kept already" in office.typed("vouchers", "begin", office.creditor, "--from", f"{TODAY}").err
    office.invoices("v1")
    assert office.typed("pay", f"{office.creditor}/v1", "100.00", "--id", "receipt-1").code == 0
    assert office.typed("vouchers", "close", office.creditor, "--json").json["closed"] == 0  # the day is not over
    office.turn(BEGIN + timedelta(days=1))
    assert office.typed("vouchers", "close", office.creditor, "--json").json["closed"] == 1
    assert (office.folder / "vouchers" / f"{TODAY}-{office.creditor}.csv").exists()
    (day,) = office.typed("vouchers", "list", office.creditor, "--json").json["days"]
    assert (day["day"], day["entries"], day["vouchers"]) == (f"{TODAY}", 2, 1)
    rows = office.typed("vouchers", "show", office.creditor, f"{TODAY}", "--json").json["rows"]
    assert [(row["AccountID"], row["DebitAmount"], row["CreditAmount"]) for row in rows] == [
        ("1500", "0.00", "100.00"),
        ("1920", "100.00", "0.00"),
    ]
    assert "payment" in office.typed("vouchers", "show", office.creditor, f"{TODAY}").out
    agreed = office.typed("vouchers", "check", office.creditor, "--json")
    assert (agreed.code, agreed.json["agrees"]) == (0, True)
    later = office.typed("vouchers", "show", office.creditor, f"{TODAY + timedelta(days=1)}")
    assert (later.code, "is not closed" in later.err) == (1, True)


def test_a_creditor_has_accounts_of_its_own_and_what_is_none_is_refused(office: Office) -> None:
    details = office.details(account_plan={"receivables": "1510", "payments": {office.account: "1921"}})
    assert office.typed("creditor", "add", details).code == 0
    ((kept,),) = office.rows(f"select account_plan from creditor where id = '{office.creditor}'")
    assert kept == {"receivables": "1510", "payments": {office.account: "1921"}}
    wrong = office.typed("creditor", "add", office.details(account_plan={"recievables": "1510"}))
    assert (wrong.code, "recievables" in wrong.err) == (1, True)
