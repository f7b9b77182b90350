"""What an operator knows of a debtor."""

from tests.terminal.office import Office


def test_an_operator_gives_a_debtor_another_name_and_an_address(office: Office) -> None:
    office.invoices("z1")
    change = ("debtor", "change", office.creditor, "K-z1", "--by", "kim", "--reason", "called")
    said = office.typed(*change, "--name", "Kari Hansen", "--email", "kari@new.example", "--json")
    assert said.json == {"customer_number": "K-z1", "open_cases": 1}
    where = f"from debtor d join contact_point p on p.debtor_id = d.id where d.creditor_id = '{office.creditor}'"
    assert office.rows(f"select d.name, p.address {where} and p.channel = 'email' and p.state = 'valid'") == [
        ("Kari Hansen", "kari@new.example")
    ]


def test_what_cannot_be_is_refused_and_changes_nothing(office: Office) -> None:
    office.invoices("z2")
    change = ("debtor", "change", office.creditor, "K-z2", "--by", "kim")
    reason = ("--reason", "called")
    nobody = office.typed("debtor", "change", office.creditor, "K-9", *reason, "--name", "Kari")
    assert (nobody.code, "no debtor with customer number K-9" in nobody.err) == (1, True)
    no_address = office.typed(*change, *reason, "--name", "Kari Hansen", "--email", "kari", "--phone", "12")
    assert (no_address.code, "email is not an email address; phone is not" in no_address.err) == (1, True)
    assert (office.typed(*change, *reason).code, office.typed(*change, "--reason", "a;b", "--name", "K").code) == (2, 2)
    assert office.rows(f"select name from debtor where creditor_id = '{office.creditor}'") == [("Kari Nordmann",)]
