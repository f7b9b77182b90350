"""Stop switches."""

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
