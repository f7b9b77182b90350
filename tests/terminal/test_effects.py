"""`effects`: what each way of a contact did is told of an imported past; what cannot be said is said so."""

import pytest

from tests.terminal import chosen
from tests.terminal.office import Office


def test_each_way_is_said_with_how_far_the_past_reaches(office: Office) -> None:
    number = chosen.imported(office, chosen.written(office.folder))
    found = office.typed("effects", "--history", number, "--json").json
    ways = {each["way"]: each for each in found["ways"]}
    assert {name: (each["step"], each["compared_with"]) for name, each in ways.items()} == {
        "email": ("due-date-reminder", "none"),
        "none": ("due-date-reminder", "what was done"),
        "sms": ("due-date-reminder", "none"),
    }
    assert sum(each["taken"] for each in ways.values()) == 900
    for name, each in ways.items():
        _, low, high = each["paid"]
        assert low < chosen.PAYS[name] < high
    assert (ways["sms"]["verdict"], ways["email"]["verdict"]) == ("higher", "undecided")
    said = office.typed("effects", "--history", number)
    assert (said.code, "higher" in said.out) == (0, True)


def test_of_a_thin_past_nothing_can_be_said(office: Office) -> None:
    number = chosen.imported(office, chosen.written(office.folder, 60))
    found = office.typed("effects", "--history", number, "--json").json["ways"]
    assert {each["verdict"] for each in found} == {"cannot be said"}
    assert all("fewest" in each["why"] or "tried" in each["why"] for each in found)
    assert "cannot be said" in office.typed("effects", "--history", number).out


def test_a_past_without_choices_says_so(office: Office) -> None:
    said = office.typed("effects", "--creditor", office.creditor)
    assert said.code == 0
    assert "nothing can be said of any" in said.err


@pytest.mark.parametrize("wrong", ["0", "1.2", ""])
def test_wrong_chances_are_said_when_the_file_is_read_and_asked(office: Office, wrong: str) -> None:
    number = chosen.imported(office, chosen.written(office.folder, 80, wrong))
    files = office.typed("history", "list", "--json").json["files"]
    read = next(each for each in files if each["number"] == number)
    assert any("cannot be weighed" in each for each in read["said"])
    told = office.typed("effects", "--history", number, "--json").json["said"]
    assert any("are left out" in each for each in told)


def test_chances_that_do_not_fit_are_refused_in_words(office: Office) -> None:
    number = chosen.imported(office, chosen.written(office.folder, 600, "0.01"))
    said = office.typed("effects", "--history", number)
    assert (said.code, "does not fit: by it they came" in said.err) == (1, True)
