"""`why`: what comes next of an invoice with its rules, and why a message was sent; what names nothing is refused."""

from uuid import uuid4

from tests.terminal.office import Office


def test_an_invoice_is_told_why_with_its_rules_in_words_and_for_machines(office: Office) -> None:
    office.invoices("W-1")
    said = office.typed("why", f"{office.creditor}/W-1")
    assert said.code == 0
    assert said.out.startswith(f"{office.creditor}/W-1: ")
    for words in (
        "facts",
        "balance: ",
        "rules",
        "of policy no-gentle",
        "it would be otherwise",
        "if it were paid: Closed",
    ):
        assert words in said.out, words
    document = office.typed("why", f"{office.creditor}/W-1", "--json").json
    assert (document["policy"], document["sent"]) == ("no-gentle", None)


def test_a_delivery_that_nobody_knows_is_refused(office: Office) -> None:
    unknown = str(uuid4())
    said = office.typed("why", unknown)
    assert (said.code, unknown in said.err) == (1, True)
