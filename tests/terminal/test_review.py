"""Money that waits for a person."""

import pytest

from tests.terminal.office import Office


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
