"""Promises and instalment plans in the terminal: recorded with Temporal away, and refused in one sentence."""

import json
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.begin import TODAY
from tests.terminal.office import Typed

HEAD = "creditor,number,issue_date,due_date,amount,currency,debtor_name,debtor_email"
_numbers = count(1)


def ahead(days: int) -> str:
    return str(TODAY + timedelta(days=days))


@pytest.fixture
def invoice(at_facts: Typed, tmp_path: Path) -> str:
    """An invoice of NOK 6000.00, as CREDITOR/NUMBER."""
    creditor = f"firm-{next(_numbers)}"
    details = {"id": creditor, "name": "Firm AS", "accounts": [creditor], "consumer_policy": "no-standard"}
    (tmp_path / "creditor.yaml").write_text(json.dumps(details))  # JSON is YAML too
    assert at_facts("creditor", "add", tmp_path / "creditor.yaml").code == 0
    line = f"{creditor},7,2026-03-02,2026-03-16,6000.00,NOK,Kari Nordmann,kari@example.no"
    (tmp_path / "invoices.csv").write_text(f"{HEAD}\n{line}")
    assert at_facts("import", tmp_path / "invoices.csv", "--yes").code == 0
    return f"{creditor}/7"


def test_a_promise_is_recorded_and_withdrawn(at_facts: Typed, invoice: str) -> None:
    said = at_facts("promise", invoice, "--by", "anne", "--on", ahead(7), "--amount", "500.50", "--json")
    assert said.code == 0, said
    assert (said.json["invoice"], said.json["amount"], said.json["currency"]) == (invoice, "500.50", "NOK")
    assert at_facts("promise", invoice, "--withdraw").code == 0
    again = at_facts("promise", invoice, "--withdraw")
    assert again.code == 1
    assert "no promise to pay that could be withdrawn" in again.err


def test_a_promise_out_of_bounds_is_refused_in_one_sentence(at_facts: Typed, invoice: str) -> None:
    said = at_facts("promise", invoice, "--on", ahead(300))
    assert said.code == 1
    assert "the policy allows promises through" in said.err


def test_offers_are_shown_with_what_they_cost(at_facts: Typed, invoice: str) -> None:
    said = at_facts("plan", "offers", invoice)
    assert said.code == 0
    assert "2000.00 NOK" in said.out
    fitting = at_facts("plan", "offers", invoice, "--income", "20000", "--spending", "17000", "--json").json
    assert [each["months"] for each in fitting["offers"]] == [2, 3, 4]
    assert fitting["offers"][1]["instalments"][2]["amount"] == "2000.00"


def test_where_nothing_is_left_there_is_advice(at_facts: Typed, invoice: str) -> None:
    said = at_facts("plan", "offers", invoice, "--income", "20000", "--spending", "20000")
    assert said.code == 1
    assert "free debt advice" in said.out


def test_a_plan_is_agreed_shown_and_ended(at_facts: Typed, invoice: str) -> None:
    agreed = at_facts("plan", "agree", invoice, "--by", "anne", "--months", "3", "--json")
    assert agreed.code == 0, agreed
    assert [each["amount"] for each in agreed.json["instalments"]] == ["2000.00"] * 3
    shown = at_facts("plan", "show", invoice, "--json").json
    assert (shown["reference"], shown["state"], shown["by"]) == (agreed.json["reference"], "active", "anne")
    assert shown["reference"] in at_facts("plan", "show", invoice).out
    assert "active instalment plan" in at_facts("plan", "agree", invoice, "--months", "2").err
    assert at_facts("plan", "end", invoice, "--reason", "moved-abroad").code == 0
    assert at_facts("plan", "show", invoice, "--json").json["state"] == "ended"
    assert at_facts("plan", "end", invoice).code == 1


def test_an_agent_writes_a_schedule_within_the_policy(at_facts: Typed, invoice: str) -> None:
    parts = ["--instalment", f"{ahead(14)}=1000", "--instalment", f"{ahead(60)}=5000.00"]
    agreed = at_facts("plan", "agree", invoice, *parts, "--json")
    assert [each["amount"] for each in agreed.json["instalments"]] == ["1000.00", "5000.00"]


def test_an_invoice_without_a_plan_says_how_to_get_one(at_facts: Typed, invoice: str) -> None:
    said = at_facts("plan", "show", invoice)
    assert said.code == 1
    assert "`starter.py plan offers` shows what may be agreed" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["promise", "1"], "name the day with --on"),
        (["promise", "1", "--on", "tomorrow"], "write it as YYYY-MM-DD"),
        (["promise", "1", "--on", "2026-12-01", "--amount", "-5"], "write it as 802.00"),
        (["promise", "1", "--on", "2026-12-01", "--withdraw"], "goes without --on"),
        (["promise", "1", "--on", "2026-12-01", "--reason", "he said: no!"], "write sentences in --note"),
        (["plan", "offers", "1", "--income", "5"], "both --income and --spending"),
        (["plan", "agree", "1"], "name an offer with --months"),
        (["plan", "agree", "1", "--months", "2", "--instalment", "2026-12-01=5"], "name an offer with --months"),
        (["plan", "agree", "1", "--instalment", "soon"], "write it as 2026-12-15=1000.00"),
        (["plan", "agree", "1", "--instalment", "2026-12-01=5", "--first", "2026-12-01"], "go with --months"),
    ],
)
def test_a_command_typed_wrongly_says_what_to_write(typed: Typed, words: list[str], sentence: str) -> None:
    said = typed(*words)
    assert said.code == 2
    assert sentence in said.err
