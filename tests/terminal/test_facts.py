"""Commands that need the database alone: what they store, and what they say when no server is there."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from facts.database import Database
from simulator.offices.bank import Bank, Order
from terminal.connection import local_day
from tests.begin import BEGIN, TODAY
from tests.terminal.conftest import Typed

ROOT = Path(__file__).resolve().parents[2]
_numbers: Iterator[int] = count(1)
LETTERS = "debtor_name,debtor_customer_number,debtor_email,debtor_address_1,debtor_postcode,debtor_city"
HEAD = f"creditor,number,issue_date,due_date,amount,currency,reference,{LETTERS}"


class Office:
    """A creditor of the test's own, and what is typed for it."""

    def __init__(self, at_facts: Typed, folder: Path, database_url: str) -> None:
        number = next(_numbers)
        self.typed, self.folder, self.url = at_facts, folder, database_url
        self.creditor = f"firm-{number}"
        self.account = f"{20_000_000_000 + number}"
        self.key = self.typed("creditor", "add", self.details(), "--json").json["api_key"]

    def details(self, **changes: Any) -> Path:
        file = self.folder / f"{self.creditor}.yaml"
        details = {
            "id": self.creditor,
            "name": "Firm AS",
            "accounts": [self.account],
            "consumer_policy": "no-gentle",
            "collection_partner": "Fair Inkasso AS",
        }
        file.write_text(json.dumps(details | changes))  # JSON is YAML too
        return file

    def line(self, number: str, *, amount: str = "802.00", due: str = "2026-03-16", reference: str = "") -> str:
        debtor = f"Kari Nordmann,K-{number},kari@example.no,Storgata 1,0155,Oslo"
        return f"{self.creditor},{number},2026-03-02,{due},{amount},NOK,{reference},{debtor}"

    def file(self, *lines: str) -> Path:
        file = self.folder / f"invoices-{next(_numbers)}.csv"
        file.write_text("\n".join([HEAD, *lines]))
        return file

    def invoices(self, *numbers: str, **changes: str) -> None:
        said = self.typed("import", "--yes", self.file(*(self.line(number, **changes) for number in numbers)), "--json")
        assert said.code == 0, said

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url.replace("postgresql+psycopg://", "postgresql://")) as connection:
            return connection.execute(query.encode()).fetchall()

    def bank_file(self, *payments: tuple[str, str], account: str | None = None) -> Path:
        """An OCR giro file of (reference, amount in øre), booked on 20 March 2026."""
        account = account or self.account
        records = ["NY000010000080800100000000808080".ljust(80, "0")]
        records.append(f"NY090020{'0' * 9}{next(_numbers):07}{account}".ljust(80, "0"))
        total = 0
        for place, (reference, ore) in enumerate(payments, 1):
            total += int(ore)
            records.append(f"NY091030{place:07}200326{'0' * 10}0{int(ore):017}{reference:>25}000000".ljust(80, "0"))
            records.append(
                f"NY091031{place:07}{next(_numbers):010}{next(_numbers):09}{'0' * 7}200326{'0' * 11}".ljust(80, "0")
            )
        inside = len(records)
        sums = f"{len(payments):08}{inside:08}{total:017}"
        records.append(f"NY090088{sums}200326200326200326".ljust(80, "0"))
        records.append(f"NY000089{len(payments):08}{inside + 2:08}{total:017}200326".ljust(80, "0"))
        file = self.folder / f"bank-{next(_numbers)}.txt"
        file.write_text("\n".join(records))
        return file


@pytest.fixture
def office(at_facts: Typed, tmp_path: Path, database_url: str) -> Office:
    return Office(at_facts, tmp_path, database_url)


# --- import ----------------------------------------------------------------------------------------------------


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


# --- payments --------------------------------------------------------------------------------------------------


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
        bank = Bank(database, office.folder / "bank", [office.account])
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


def waiting(office: Office, ore: str = "80200") -> int:
    """A payment that no invoice explains; gives its number."""
    (told,) = office.typed("payments", office.bank_file(("12345674", ore)), "--json").json["files"]
    (unmatched,) = told["unmatched"]
    return int(unmatched["number"])


def test_a_waiting_payment_is_booked_on_the_invoices_a_person_names(office: Office) -> None:
    office.invoices("m1", "m2")
    number = waiting(office)
    said = office.typed("match", number, "m1=300.00", "m2", "--by", "kim", "--json")
    assert said.json == {"payment": number, "left": {"m1": "502.00", "m2": "300.00"}}
    assert office.typed("unmatched", "--creditor", office.creditor, "--json").json == {"unmatched": []}
    again = office.typed("match", number, "m1", "--by", "kim")
    assert (again.code, again.err) == (1, f"payment {number} is booked already: nothing is changed\n")


def test_a_waiting_payment_is_shown_with_its_likeliest_invoices(office: Office) -> None:
    office.invoices("n1", reference="006402710013")
    office.typed("payments", office.bank_file(("12345674", "80200")))
    said = office.typed("unmatched", "--creditor", office.creditor)
    assert "n1 (802.00 NOK left): the amount is all that is owed" in " ".join(said.out.split())


def test_a_waiting_payment_is_sent_back_and_its_refund_paid_once(office: Office) -> None:
    number = waiting(office)
    sent = office.typed("match", number, "--send-back", "--by", "kim", "--to-account", "99990512342", "--json")
    refund = sent.json["refund"]
    (due,) = office.typed("refunds", "--creditor", office.creditor, "--json").json["refunds"]
    assert (due["number"], due["amount"], due["to_account"], due["state"]) == (refund, "802.00", "99990512342", "due")
    assert office.typed("refunds", "paid", refund).out == f"refund {refund} is paid\n"
    assert office.typed("refunds", "paid", refund).code == 1
    assert "paid" in office.typed("refunds", "--creditor", office.creditor).out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["1"], "name the invoices it pays, or --send-back"),
        (["1", "m1", "--send-back"], "one of the two"),
        (["1", "m1", "--to-account", "1"], "--to-account goes with --send-back"),
        (["1", "m1=lots"], "'lots' is no amount"),
    ],
)
def test_a_decision_that_is_typed_wrongly_is_refused(office: Office, words: list[str], sentence: str) -> None:
    said = office.typed("match", *words, "--by", "kim")
    assert (said.code, sentence in said.err) == (2, True)


def test_a_payment_is_booked_by_hand_once_for_its_id(office: Office) -> None:
    office.invoices("i1")
    who = f"{office.creditor}/i1"
    assert office.typed("pay", who, "300.00", "--id", "receipt-1", "--json").json["balance"] == "502.00"
    assert office.typed("pay", who, "300.00", "--id", "receipt-1", "--json").json["status"] == "known"
    assert "502.00 NOK left" in office.typed("pay", who, "300.00", "--id", "receipt-1").out


# --- looking ---------------------------------------------------------------------------------------------------


def test_status_tells_where_a_case_stands_and_what_happened(office: Office) -> None:
    office.invoices("j1")
    office.typed("pay", f"{office.creditor}/j1", "2.00")
    said = office.typed("status", f"{office.creditor}/j1")
    assert said.code == 0
    assert "800.00" in said.out
    assert [entry["what"] for entry in office.typed("status", "j1", "--json").json["timeline"]] == [
        "principal",
        "payment",
    ]


def test_a_number_that_two_creditors_have_must_be_told_apart(office: Office, tmp_path: Path) -> None:
    other = Office(office.typed, tmp_path, office.url)
    office.invoices("k1")
    other.invoices("k1")
    said = office.typed("status", "k1")
    assert said.code == 1
    assert f"write {office.creditor}/k1 or {other.creditor}/k1" in said.err
    assert office.typed("status", f"{other.creditor}/k1", "--json").json["creditor"] == other.creditor


def test_an_unknown_invoice_is_refused(office: Office) -> None:
    said = office.typed("status", "no-such-number", "--json")
    assert said.code == 1
    assert "no invoice no-such-number" in said.json["error"]


def test_list_filters_and_counts(office: Office) -> None:
    office.invoices("l1", "l2", amount="100.00")
    office.invoices("l3", amount="900.00")
    found = office.typed("list", "--where", f"creditor={office.creditor}, amount>500", "--json").json
    assert [case["invoice"] for case in found["cases"]] == ["l3"]
    some = office.typed("list", "--where", f"creditor={office.creditor}", "--limit", "2", "--json").json
    assert (len(some["cases"]), some["total"]) == (2, 3)
    assert "no such case" in office.typed("list", "--where", "creditor=nobody-at-all").out


def test_the_forecast_counts_what_goes_out_and_its_cost(office: Office) -> None:
    due = TODAY + timedelta(days=14)
    lines = [office.line(f"m{n}", due=str(due)).replace("2026-03-02", str(TODAY)) for n in range(3)]
    assert office.typed("import", "--yes", office.file(*lines), "--json").code == 0
    said = office.typed("forecast", "--days", "7", "--json").json
    emails = [row for row in said["forecast"] if row["step"] == "invoice" and row["what"] == "email"]
    assert sum(row["cases"] for row in emails) >= 3
    assert all(float(row["cost"]) > 0 for row in emails)


# --- many cases ------------------------------------------------------------------------------------------------


def test_many_cases_are_held_and_released_by_a_filter(office: Office) -> None:
    office.invoices("n1", "n2", "n3")
    where = f"creditor={office.creditor} and number!=n3"
    shown = office.typed("hold", "--where", where, "--dry-run", "--json").json
    assert shown["matching"] == 2
    assert office.typed("list", "--where", f"{where}, hold=yes", "--json").json["total"] == 0
    held = office.typed("hold", "--where", where, "--by", "kim", "--reason", "strike", "--json")
    assert (held.code, held.json["done"]) == (0, 2)
    assert office.rows(
        f"select distinct h.by, h.reason_code from hold h join dunning_case c on c.id = h.case_id "
        f"where c.creditor_id = '{office.creditor}'"
    ) == [("kim", "strike")]
    assert office.typed("list", "--where", f"creditor={office.creditor}, hold=yes", "--json").json["total"] == 2
    released = office.typed("release", "--where", f"creditor={office.creditor}", "--json")
    assert released.code == 1
    assert released.json["done"] == 2
    assert released.json["refused"] == {f"{office.creditor}/n3": "the case is not on hold"}


def test_a_command_is_recorded_in_the_facts_when_nobody_is_there_to_take_it(office: Office) -> None:
    office.invoices("o1")
    who = f"{office.creditor}/o1"
    away = office.typed("hold", who)
    assert away.code == 1
    assert "the Temporal server at 127.0.0.1:1 does not answer" in away.err
    held = office.typed("hold", who, "--facts", "--json")
    assert held.code == 0
    assert held.json["next"]["on_hold"]
    assert held.json["next"]["label"].startswith("Wait for news: ")
    noted = office.typed("dispute", who, "--note", "says the meter is wrong", "--json")
    assert noted.code == 0
    assert office.rows(
        f"select d.note from dispute d join dunning_case c on c.id = d.case_id where c.creditor_id = '{office.creditor}'"
    ) == [("says the meter is wrong",)]


def test_a_hold_says_in_words_until_when_the_case_waits(office: Office) -> None:
    office.invoices("z1")
    day = TODAY + timedelta(days=9)
    held = office.typed("hold", f"{office.creditor}/z1", "--until", day, "--facts", "--json").json
    assert held["next"]["label"].startswith("Wait until ")


def test_a_step_that_is_not_ahead_is_refused_in_the_facts_too(office: Office) -> None:
    office.invoices("p1")
    said = office.typed("skip", f"{office.creditor}/p1", "no-such-step", "--facts")
    assert said.code == 1
    assert "ahead are: invoice, due-date-reminder, reminder" in said.err


# --- switches, letters, hand-offs, creditors, outbox ------------------------------------------------------------


def test_a_stop_is_set_listed_and_lifted(office: Office) -> None:
    office.invoices("q1", "q2")
    assert office.typed("stop", "on", "creditor", office.creditor, "--by", "kim").code == 0
    stops = office.typed("stop", "list", "--json").json["stops"]
    assert (office.creditor, "kim") in [(stop["key"], stop["by"]) for stop in stops]
    lifted = office.typed("stop", "off", "creditor", office.creditor, "--json")
    assert lifted.json["cases"] == 2
    again = office.typed("stop", "off", "creditor", office.creditor)
    assert again.code == 1
    assert "is not stopped" in again.err
    assert office.typed("stop", "on", "policy", "no-such").code == 1
    assert office.typed("stop", "on", "creditor", "no-such").code == 1


def test_letters_and_hand_offs_that_are_not_there_are_refused(office: Office) -> None:
    assert office.typed("letters", "posted", "no-such-batch", "2026-03-02").code == 1
    assert office.typed("letters", "returned", "6a2f41a3-c54c-fce8-32d2-0324e1c32e22").code == 1
    assert office.typed("letters", "list", "--creditor", office.creditor, "--json").json == {"batches": []}
    assert office.typed("hand-offs", "answer", "999999", "accepted").code == 1
    assert office.typed("hand-offs", "list", "--creditor", office.creditor, "--json").json == {"hand_offs": []}


def test_a_letter_is_confirmed_as_posted_and_comes_back(office: Office) -> None:
    office.invoices("t1")
    batch = f"batch-{office.creditor}"
    ((delivery,),) = office.rows(
        f"""insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state,
          attempt, fee, cost, currency, claimed_at, accepted_at, batch, happened_at)
        select gen_random_uuid(), nextval('delivery_serial'), creditor_id, debtor_id, 'letter', 'reminder', 'kind', 'nb',
          false, 'accepted', 1, 0, 9.60, 'NOK', timestamptz '{BEGIN}', timestamptz '{BEGIN}', '{batch}', timestamptz '{BEGIN}'
        from dunning_case where creditor_id = '{office.creditor}' returning id"""
    )
    office.rows(
        f"""insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        select '{delivery}', id, 1, 'reminder', 'letter', false from dunning_case
        where creditor_id = '{office.creditor}' returning case_id"""
    )
    (listed,) = office.typed("letters", "list", "--creditor", office.creditor, "--json").json["batches"]
    assert (listed["batch"], listed["letters"], listed["posted_on"]) == (batch, 1, None)
    assert office.typed("letters", "posted", batch, TODAY, "--json").json["letters"] == 1
    assert office.typed("letters", "posted", batch, TODAY, "--json").json["letters"] == 0
    assert office.typed("letters", "returned", delivery, "--json").json["changed"]
    assert "known from before" in office.typed("letters", "returned", delivery).out


def test_late_in_the_evening_it_is_tomorrow_already_where_money_is_booked() -> None:
    assert local_day(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert local_day(datetime(2026, 6, 30, 22, 1, tzinfo=UTC)) == date(2026, 7, 1)


def test_a_hand_off_is_answered_once(office: Office) -> None:
    office.invoices("u1")
    ((hand_off,),) = office.rows(
        f"""insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
        select creditor_id, id, 'exported', timestamptz '{BEGIN}', timestamptz '{BEGIN}' from dunning_case
        where creditor_id = '{office.creditor}' returning id"""
    )
    listed = office.typed("hand-offs", "list", "--creditor", office.creditor).out
    assert "exported" in listed
    said = office.typed("hand-offs", "answer", hand_off, "rejected", "--reason", "disputed", "--json")
    assert said.json == {"hand_off": hand_off, "answer": "rejected"}
    again = office.typed("hand-offs", "answer", hand_off, "accepted")
    assert again.code == 1
    assert "waits for no answer" in again.err


def test_a_message_to_the_partner_is_listed_and_acknowledged_once_it_is_exported(office: Office) -> None:
    office.invoices("x1")
    ((message,),) = office.rows(
        f"""with h as (insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
          select creditor_id, id, 'exported', timestamptz '{BEGIN}', timestamptz '{BEGIN}' from dunning_case
          where creditor_id = '{office.creditor}' returning id)
        insert into hand_off_message (hand_off_id, kind, reason, happened_at)
        select id, 'recall', 'wrong-debtor', timestamptz '{BEGIN}' from h returning id"""
    )
    early = office.typed("hand-offs", "acknowledge", message)
    assert early.code == 1
    assert "waits for no acknowledgement" in early.err
    office.rows(
        f"update hand_off_message set exported_at = '{BEGIN}', file = 'today.json' where id = {message} returning 1"
    )
    said = office.typed("hand-offs", "acknowledge", message, "--creditor", office.creditor, "--json")
    assert said.json == {"message": message, "acknowledged": True}
    assert office.typed("hand-offs", "acknowledge", message).code == 1
    (listed,) = office.typed("hand-offs", "messages", "--creditor", office.creditor, "--json").json["messages"]
    assert (listed["id"], listed["kind"], listed["reason"]) == (message, "recall", "wrong-debtor")
    assert listed["acknowledged_at"]
    assert f"{office.creditor}/x1" in office.typed("hand-offs", "messages").out


def test_a_task_is_listed_and_done_and_an_approval_is_left_to_approve(office: Office) -> None:
    office.invoices("y1")
    call, approval = (
        office.rows(
            f"""insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
            select creditor_id, id, 1, 'call', '{kind}', 'much is owed', timestamptz '{BEGIN}' from dunning_case
            where creditor_id = '{office.creditor}' returning id"""
        )[0][0]
        for kind in ("call", "approval")
    )
    mine = ("--creditor", office.creditor)
    assert [task["id"] for task in office.typed("tasks", "list", *mine, "--json").json["tasks"]] == [call, approval]
    done = office.typed("tasks", "done", call, "--by", "kim", "--result", "pays on Friday", *mine)
    assert done.code == 0, done.err
    again = office.typed("tasks", "done", call, "--by", "kim")
    assert (again.code, "is done" in again.err) == (1, True)
    refused = office.typed("tasks", "done", approval, "--by", "kim")
    assert (refused.code, "finish it with `approve`" in refused.err) == (1, True)
    assert office.typed("tasks", "list", *mine, "--kind", "call", "--json").json == {"tasks": []}
    everything = office.typed("tasks", "list", *mine, "--all").out
    assert "kim" in everything
    assert "pays on Friday" in everything
    timeline = office.typed("status", f"{office.creditor}/y1", "--json").json["timeline"]
    assert "task_done" in [entry["what"] for entry in timeline]


def test_the_days_hand_off_files_are_written_when_asked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_HAND_OFF_FOLDER", str(office.folder / "hand-off"))
    monkeypatch.setenv("PURR_PRINT_FOLDER", str(office.folder / "print"))
    said = office.typed("hand-offs", "export", "--json")
    assert said.code == 0, said
    assert said.json["exported"] == 0


def test_a_new_creditor_gets_its_api_key_once(office: Office) -> None:
    assert office.key.startswith("purr_")
    again = office.typed("creditor", "add", office.details(name="Firm and Sons AS"))
    assert again.code == 0
    assert "purr_" not in again.out
    assert "purr_" in office.typed("creditor", "key", office.creditor).out
    assert office.typed("creditor", "key", "no-such").code == 1


def test_an_api_key_is_listed_by_its_label_and_revoked(office: Office) -> None:
    key = office.typed("creditor", "key", office.creditor, "--label", "billing", "--json").json["api_key"]
    listed = office.typed("creditor", "keys", office.creditor)
    assert "billing" in listed.out
    assert key not in listed.out
    revoked = office.typed("creditor", "revoke", "billing", "--creditor", office.creditor)
    assert revoked.code == 0, revoked.err
    keys = office.typed("creditor", "keys", office.creditor, "--json").json["keys"]
    assert [(each["label"], each["revoked_at"] is not None) for each in keys] == [
        ("first key", False),
        ("billing", True),
    ]
    again = office.typed("creditor", "revoke", "billing", "--creditor", office.creditor)
    assert again.code == 1
    assert "has no valid key billing" in again.err
    assert office.typed("creditor", "keys", "no-such").code == 1


def test_a_creditor_file_that_is_wrong_is_refused_with_its_field(office: Office) -> None:
    assert "id: " in office.typed("creditor", "add", office.details(id="Not An Id")).err
    assert (
        "no policy no-such; there are no-business, no-gentle"
        in office.typed("creditor", "add", office.details(consumer_policy="no-such")).err
    )
    broken = office.folder / "broken.yaml"
    broken.write_text("{")
    assert "neither YAML nor JSON" in office.typed("creditor", "add", broken).err


def test_the_outbox_tells_what_waits(office: Office) -> None:
    office.invoices("r1")
    assert office.typed("outbox", "show", "--json").json["waiting"] > 0
    assert office.typed("outbox", "retry", "--json").json == {"retried": 0}


def test_starting_a_case_with_no_server_says_so_and_keeps_the_news(office: Office) -> None:
    office.invoices("s1")
    said = office.typed("start", office.creditor, "s1")
    assert said.code == 1
    assert "the news is stored and the case starts when it is back" in said.err
    assert office.typed("start", office.creditor, "no-such").code == 1


def test_a_server_that_is_away_ends_the_process_in_time_with_code_one(office: Office) -> None:
    office.invoices("v1")
    began = time.monotonic()
    words = [sys.executable, "starter.py", "hold", f"{office.creditor}/v1", "--json"]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert time.monotonic() - began < 15  # usually two seconds, more on a busy machine
    assert ended.returncode == 1, ended.stderr
    assert "the Temporal server at 127.0.0.1:1 does not answer" in json.loads(ended.stdout)["error"]
