"""Links are taken back from the terminal."""

from tests.terminal.office import Office


def test_an_operator_takes_the_links_of_an_invoice_back(office: Office) -> None:
    office.invoices("leaked")
    who = f"{office.creditor}/leaked"
    told = office.typed("revoke-links", who, "--by", "anne", "--reason", "sent-on", "--json")
    assert (told.code, told.json["cases"]) == (0, 1)
    assert "links revoked" in office.typed("status", who).out
    assert office.typed("revoke-links", "none").code == 1
    assert office.typed("revoke-links", who, "--of", "everything").code == 2
    assert office.typed("revoke-links", who, "--delivery", "00000000-0000-4000-8000-000000000000").code == 1
