"""A creditor's content at the terminal: looked at, put, refused, listed and ended."""

import json
from pathlib import Path

from tests.terminal.office import Office

TIP = """
kind: tip
moments: [before due, paid]
segment: private
words:
  nb: {title: Spar strøm, text: "Les [rådene våre](https://acme.example/tips)."}
"""


def test_a_piece_is_looked_at_put_listed_and_ended(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "tip.yaml"
    file.write_text(TIP)
    assert 'href="https://acme.example/tips"' in office.typed("content", "preview", file).out
    put = office.typed("content", "put", office.creditor, "tips", file, "--by", "kim", "--json")
    assert put.json == {"creditor": office.creditor, "name": "tips", "version": 1}
    listed = office.typed("content", "list", office.creditor).out
    assert all(said in listed for said in ("tips", "before due, paid", "private", "under 5"))
    assert "no more" in office.typed("content", "end", office.creditor, "tips", "--by", "kim").out
    assert office.typed("content", "end", office.creditor, "tips").code == 1
    assert "says nothing" in office.typed("content", "list", office.creditor).out
    assert len(office.typed("content", "list", office.creditor, "--all", "--json").json["versions"]) == 2


def test_what_cannot_be_shown_is_refused_with_every_reason(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "tip.yaml"
    for written, said in (
        (TIP.replace("https:", "http:").replace("Les ", "<b>Les</b> "), ("HTML is not shown", "begin with https://")),
        (TIP.replace("kind: tip", "kind: advert"), ("kind: Input should be", "'tip'")),
        ("kind: [", ("neither YAML nor JSON",)),
        (json.dumps([1]), ("the file: Input should be",)),
    ):
        file.write_text(written)
        refused = office.typed("content", "put", office.creditor, "tips", file)
        assert (refused.code, [each for each in said if each not in refused.err]) == (1, [])
    file.write_text(TIP)
    assert office.typed("content", "put", office.creditor, "No Name", file).code == 2
