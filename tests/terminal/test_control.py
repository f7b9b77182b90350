"""`control`: what waits this morning, in words, for machines, and of one creditor."""

from tests.terminal.office import Office


def test_what_waits_is_told_in_words_and_for_machines_and_makes_the_code_one(office: Office) -> None:
    said = office.typed("control", "--creditor", office.creditor)
    assert said.code == 1
    assert "bank data: 1" in said.out
    assert f"{office.creditor} account {office.account}: never imported" in said.out
    assert "well: no hold is forgotten" in said.out
    document = office.typed("control", "--creditor", office.creditor, "--json").json
    assert document["well"] is False
    found = {each["name"]: each["count"] for each in document["checks"]}
    assert (found["bank data"], found["replies"], found["stopped"]) == (1, 0, 0)


def test_a_creditor_that_is_not_known_is_refused(office: Office) -> None:
    said = office.typed("control", "--creditor", "nobody")
    assert (said.code, "nobody" in said.err) == (1, True)
