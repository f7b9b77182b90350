"""`effects`: what each way of a contact did is told of an imported past; what cannot be said is said so."""

from pathlib import Path

import pytest

from simulator.history.truths import Truths
from simulator.history.written import write
from tests.terminal.office import Office


def imported(office: Office, folder: Path, creditor: str, change: tuple[str, str] = ("", "")) -> int:
    """A creditor's past of a folder, as another system's file; its number."""
    file = folder / f"{creditor}.csv"
    file.write_text(file.read_text().replace(*change) if change[0] else file.read_text())
    said = office.typed(
        "history", "import", file, "--map", folder / f"{creditor}.yaml", "--creditor", office.creditor, "--json"
    )
    assert said.code == 0, said.err
    return int(said.json["number"])


def test_each_way_is_said_with_how_far_the_past_reaches(office: Office) -> None:
    write(5, 8000, office.folder / "past", Truths())
    number = imported(office, office.folder / "past", "north")
    found = office.typed("effects", "--history", number, "--json").json
    ways = {(each["step"], each["way"]): each for each in found["ways"]}
    none = ways["due-date-reminder", "none"]
    low, high = none["paid"][1:]
    assert (none["compared_with"], none["verdict"] in ("higher", "lower", "undecided")) == ("what was done", True)
    assert 0 < low < high < 1
    assert {each["compared_with"] for each in ways.values() if each["step"] == "due-date-reminder"} == {
        "none",
        "what was done",
    }
    assert sum(each["taken"] for each in found["ways"]) > 500
    thin = [each for each in found["ways"] if each["verdict"] == "cannot be said"]
    assert thin
    assert all("fewest" in each["why"] or "tried" in each["why"] for each in thin)
    said = office.typed("effects", "--history", number)
    assert (said.code, "cannot be said" in said.out) == (0, True)


def test_a_past_without_choices_says_so(office: Office) -> None:
    said = office.typed("effects", "--creditor", office.creditor)
    assert said.code == 0
    assert "nothing can be said of any" in said.err


@pytest.mark.parametrize("wrong", [",0.100000,", ",1.200000,", ",,"])
def test_wrong_chances_are_said_when_the_file_is_read(office: Office, wrong: str) -> None:
    write(6, 300, office.folder / "past", Truths())
    folder, creditor = office.folder / "past", "north"
    number = imported(office, folder, creditor, (",0.100000,", wrong))
    said = next(each for each in office.typed("history", "list", "--json").json["files"] if each["number"] == number)
    weighed = any("cannot be weighed" in each for each in said["said"])
    assert weighed is (wrong != ",0.100000,")
    told = office.typed("effects", "--history", number, "--json").json["said"]
    assert any("are left out" in each for each in told) is weighed
