"""`backtest`: what a policy would have done to a past, in words and figures; against itself every difference is zero."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.files import POLICIES
from tests.terminal.office import Office
from tests.terminal.test_guesses import imported


@pytest.fixture(scope="module")
def kept() -> dict[str, int]:
    """The number of the past that this file imported, by the office's creditor."""
    return {}


def number_of(office: Office, kept: dict[str, int]) -> str:
    if office.creditor not in kept:
        kept[office.creditor] = imported(office, 80, 10)
    return str(kept[office.creditor])


def test_a_policy_is_replayed_on_an_imported_past(office: Office, kept: dict[str, int]) -> None:
    number = number_of(office, kept)
    told = office.typed("backtest", "no-standard", "--history", number, "--json").json
    totals, steps = told["totals"], told["steps"]
    assert totals["invoices"] == 80
    assert totals["messages"] == sum(row["messages"] for row in told["channels"])
    assert totals["paid"] > 60
    invoice = next(row for row in steps if (row["step"], row["what"]) == ("invoice", "email"))
    assert invoice["count"] == invoice["invoices"] > 70
    assert invoice["invoices"] + invoice["paid_before"] == 80
    due = next(row for row in steps if row["step"] == "reminder")
    assert due["invoices"] + due["paid_before"] <= 80
    assert Decimal(totals["fees"]) == sum(Decimal(row["fees"]) for row in steps)
    assert Decimal(totals["cost"]) == sum(Decimal(row["cost"]) for row in steps)
    assert any(said.startswith("payments come as they are recorded") for said in told["said"])
    assert any("open beside another of the same debtor" in said for said in told["said"])
    in_words = office.typed("backtest", "no-standard", "--history", number)
    assert in_words.code == 0
    assert "due-date-reminder" in in_words.out
    assert "payments come as they are recorded" in in_words.err


def test_against_itself_every_difference_is_zero_and_against_another_it_adds_up(
    office: Office, kept: dict[str, int]
) -> None:
    number = number_of(office, kept)
    same = office.typed("backtest", "no-standard", "--against", "no-standard", "--history", number, "--json").json
    assert {Decimal(row["difference"]) for row in same["differences"]} == {Decimal(0)}
    other = office.typed("backtest", "no-standard", "--against", "no-gentle", "--history", number, "--json").json
    figures = {row["figure"]: row for row in other["differences"]}
    assert Decimal(figures["fees"]["difference"]) > 0
    assert Decimal(figures["fees"]["difference"]) == Decimal(other["policy"]["totals"]["fees"])
    rows = office.typed("backtest", "no-standard", "--against", "no-gentle", "--history", number, "--output", "csv").out
    assert rows.splitlines()[0] == "figure,policy,against,difference"


def test_what_cannot_be_replayed_is_refused_in_words(office: Office, kept: dict[str, int], tmp_path: Path) -> None:
    number = number_of(office, kept)
    elsewhere = office.typed("backtest", "se-standard", "--history", number)
    assert (elsewhere.code, "is for none of 80 invoices: 80: policy se-standard is for SE" in elsewhere.err) == (
        1,
        True,
    )
    later = office.typed("backtest", "no-standard", "--history", number, "--since", "2040-01-01")
    assert (later.code, "no invoice is known of that past" in later.err) == (1, True)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text((POLICIES / "no-standard.yaml").read_text().replace("deadline: 14 days", "deadline: 1 day"))
    refused = office.typed("backtest", wrong, "--history", number)
    assert (refused.code, "wrong.yaml:" in refused.err) == (1, True)
    both = office.typed("backtest", "no-standard", "--history", number, "--creditor", office.creditor)
    assert (both.code, "give one of them" in both.err) == (1, True)
    assert office.typed("backtest", "no-such-policy").code == 2


def test_a_creditors_own_facts_are_a_past_too(office: Office, kept: dict[str, int]) -> None:
    number_of(office, kept)
    told = office.typed("backtest", "no-standard", "--creditor", office.creditor, "--json").json
    assert told["totals"]["invoices"] >= 80
