"""Notices to many at the terminal: written from a file, listed, looked at, stopped, refused with what is wrong."""

from datetime import timedelta
from pathlib import Path

from tests.begin import TODAY
from tests.terminal.office import Office

FILE = f"""
kind: outage
until: {TODAY + timedelta(days=2)}
words:
  nb: {{title: Strømmen er borte, text: Vi jobber med saken., sms: Strømmen er borte.}}
  en: {{title: The power is out, text: We are working on it., sms: The power is out.}}
"""


def test_a_notice_is_written_listed_looked_at_and_stopped(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "outage.yaml"
    file.write_text(FILE)
    assert "nothing was told" in office.typed("notices", "list", office.creditor).out
    id = office.typed("notices", "write", office.creditor, file, "--by", "kim", "--json").json["notice"]
    listed = office.typed("notices", "list", office.creditor).out
    assert all(said in listed for said in ("counting", "outage", "everybody", "kim"))
    early = office.typed("notices", "send", id, "--by", "kim")
    assert (early.code, "still looked for" in early.err) == (1, True)
    assert "outage, counting, to everybody" in office.typed("notices", "show", id).out
    assert "nobody else gets" in office.typed("notices", "stop", id, "--by", "kim").out
    assert office.typed("notices", "show", id, "--json").json["notice"]["kept"]["stopped_by"] == "kim"
    late = office.typed("notices", "send", id)
    assert (late.code, "it was stopped" in late.err) == (1, True)


def test_what_cannot_be_is_refused_with_every_reason(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "outage.yaml"
    for written, code, said in (
        (FILE.replace("Vi jobber med saken.", "Inkassovarsel."), 1, "about no claim"),
        (FILE.replace("kind: outage", "kind: offer"), 1, "kind: Input should be"),
        (FILE.replace(str(TODAY + timedelta(days=2)), "2020-01-01"), 1, "choose a last day"),
        ("kind: [", 1, "neither YAML nor JSON"),
    ):
        file.write_text(written)
        refused = office.typed("notices", "write", office.creditor, file)
        assert (refused.code, said in refused.err) == (code, True), refused.err
    file.write_text(FILE)
    wrong = office.typed("notices", "write", office.creditor, file, "--where", "no=thing")
    assert (wrong.code, "no" in wrong.err) == (2, True)
    assert office.typed("notices", "show", 10**6).code == 1
