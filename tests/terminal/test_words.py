"""A creditor's own words at the terminal: shown, put, refused, looked at, and back to ours."""

from pathlib import Path

from tests.terminal.office import Office


def test_words_go_from_ours_to_its_own_and_back(office: Office, tmp_path: Path) -> None:
    ours = office.typed("words", "show", office.creditor, "reminder").out
    file = tmp_path / "reminder.j2"
    file.write_text(ours.replace("Takk!", "Ha en fin dag!"))
    looked = office.typed(
        "words", "preview", office.creditor, "reminder", "--file", file, "--folder", tmp_path / "look"
    )
    assert "Ha en fin dag!" in looked.out
    assert (tmp_path / "look" / "reminder.pdf").read_bytes().startswith(b"%PDF")
    put = office.typed("words", "put", office.creditor, "reminder", file, "--by", "kim", "--json")
    assert put.json["version"] == 1
    assert "Ha en fin dag!" in office.typed("words", "show", office.creditor, "reminder").out
    assert office.typed("words", "check", office.creditor).code == 0
    assert office.typed("words", "reset", office.creditor, "reminder", "--by", "kim").code == 0
    assert office.typed("words", "reset", office.creditor, "reminder").code == 1
    assert [each["version"] for each in office.typed("words", "list", office.creditor, "--json").json["versions"]] == [
        1,
        2,
    ]


def test_what_may_not_be_said_is_refused_with_every_reason(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "reminder.j2"
    file.write_text(
        office.typed("words", "show", office.creditor, "reminder").out.replace("Takk!", "inkasso og namsmann")
    )
    said = office.typed("words", "put", office.creditor, "reminder", file)
    assert (said.code, "'inkasso'" in said.err, "'namsmann'" in said.err) == (1, True, True)
    assert office.typed("words", "show", office.creditor, "no-such").code == 2
    assert office.typed("words", "show", office.creditor, "collection-notice", "--sms").code == 1
