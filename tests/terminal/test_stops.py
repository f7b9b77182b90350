"""Stop switches."""

from pathlib import Path

import pytest

from tests.terminal.office import Office


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


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (["everything"], "everything"),
        (["creditor", "OWN"], "creditor OWN"),
        (["policy", "no-gentle"], "policy no-gentle"),
        (["channel", "sms", "--creditor", "OWN"], "channel sms"),
        (["policy", "no-business"], None),
        (["everything", "--creditor", "OTHER"], None),
    ],
)
def test_a_stop_shows_where_the_cases_it_covers_are_looked_at(
    office: Office, tmp_path: Path, stop: list[str], words: str | None
) -> None:
    other = Office(office.typed, tmp_path, office.url)
    office.invoices("covered")
    named = [word.replace("OWN", office.creditor).replace("OTHER", other.creditor) for word in stop]
    assert office.typed("stop", "on", *named, "--by", "kim").code == 0
    listed = office.typed("list", "--where", f"creditor={office.creditor}").out
    shown = office.typed("status", f"{office.creditor}/covered").out
    machine = office.typed("list", "--where", f"creditor={office.creditor}", "--json").json["cases"]
    assert office.typed("stop", "off", *named, "--by", "kim").code == 0
    expected = words and words.replace("OWN", office.creditor)
    assert [case["stopped"] for case in machine] == [[expected] if expected else []]
    assert (f"stopped: {expected}" in listed) == ("stopped" in shown) == bool(expected)
