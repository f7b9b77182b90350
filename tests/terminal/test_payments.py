"""Bank files and payments by hand, booked once."""

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path

from facts.database import Database
from simulator.offices.bank import OCR_GIRO, Bank, Order
from tests.terminal.office import Office


def test_a_bank_file_is_booked_once_and_tells_how_far_the_account_is_imported(office: Office) -> None:
    office.invoices("f1", reference="006402710013")
    file = office.bank_file(("006402710013", "80200"))
    said = office.typed("payments", file, "--json")
    assert said.code == 0, said
    (told,) = said.json["files"]
    assert (told["booked"], told["known"], told["unmatched"], told["total"]) == (1, 0, [], "802.00")
    assert told["imported_through"] == {office.account: "2026-03-20"}
    (again,) = office.typed("payments", file, "--json").json["files"]
    assert (again["booked"], again["known"]) == (0, 1)
    assert office.typed("status", f"{office.creditor}/f1", "--json").json["balance"] == "0.00"


def test_the_day_an_account_is_complete_through_can_be_told(office: Office) -> None:
    office.invoices("g1", reference="006402710013")
    office.typed("payments", office.bank_file(("006402710013", "100")), "--through", "2026-03-23")
    query = f"select imported_through::text from bank_account where account = '{office.account}'"
    assert office.rows(query) == [("2026-03-23",)]


def test_a_payment_nobody_can_explain_waits_and_is_told(office: Office) -> None:
    said = office.typed("payments", office.bank_file(("12345674", "5000")))
    assert said.code == 1
    assert "unmatched 12345674: no invoice has this payment reference" in said.out
    (waiting,) = office.typed("unmatched", "--creditor", office.creditor, "--json").json["unmatched"]
    assert (waiting["reference"], waiting["amount"], waiting["why"]) == (
        "12345674",
        "50.00",
        "no invoice has this payment reference",
    )
    assert "12345674" in office.typed("unmatched").out
    assert "every payment is matched" in office.typed("unmatched", "--creditor", "nobody").out


def test_a_file_the_simulated_bank_has_booked_is_known_to_the_terminal(office: Office) -> None:
    office.invoices("w1", reference="006402710013")

    async def at_the_bank() -> Path:
        database = Database(office.url)
        bank = Bank(database, office.folder / "bank", [office.account], OCR_GIRO)
        bank.order(Order(office.account, "006402710013", Decimal("802.00")))
        await bank.close_day(date(2026, 3, 20))
        await database.close()
        return office.folder / "bank" / "OCR.260320"

    (told,) = office.typed("payments", asyncio.run(at_the_bank()), "--json").json["files"]
    assert (told["booked"], told["known"]) == (0, 1)
    assert office.typed("status", f"{office.creditor}/w1", "--json").json["balance"] == "0.00"


def test_money_on_an_account_of_nobody_is_flagged_and_not_booked(office: Office) -> None:
    said = office.typed("payments", office.bank_file(("12345674", "5000"), account="99999999999"), "--json")
    assert said.code == 1
    (told,) = said.json["files"]
    assert told["flags"] == ["account 99999999999 belongs to no creditor: nothing of it is booked"]
    assert office.rows("select 1 from incoming_payment where account = '99999999999'") == []


def test_a_flagged_file_is_booked_only_when_a_person_accepts_it(office: Office) -> None:
    office.invoices("h1", reference="006402710013")
    file = office.bank_file(("006402710013", "80200"))
    file.write_text(file.read_text().replace("NY00008900000001", "NY00008900000007"))
    waiting = office.typed("payments", file, "--json")
    assert waiting.code == 1
    assert waiting.json["files"][0]["waits"]
    assert office.typed("status", f"{office.creditor}/h1", "--json").json["balance"] == "802.00"
    accepted = office.typed("payments", file, "--accept-flagged", "--by", "kim", "--json")
    assert accepted.json["files"][0]["booked"] == 1


def test_a_payment_is_booked_by_hand_once_for_its_id(office: Office) -> None:
    office.invoices("i1")
    who = f"{office.creditor}/i1"
    for words in (["pay", who, "300.00"], ["pay", who, "300.00", "--json"]):  # nobody is there to be asked
        said = office.typed(*words)
        assert (said.code, "pay needs --id" in said.err) == (2, True)
    assert office.typed("pay", who, "300.00", "--id", "receipt-1", "--json").json["balance"] == "502.00"
    assert office.typed("pay", who, "300.00", "--id", "receipt-1", "--json").json["status"] == "known"
    assert "502.00 NOK left" in office.typed("pay", who, "300.00", "--id", "receipt-1").out
