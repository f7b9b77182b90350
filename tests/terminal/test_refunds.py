"""Refunds in the terminal: what each waits for, approved by a second person, ordered in a file, rejected with a reason."""

from pathlib import Path

import pytest

from tests.terminal.office import Office
from tests.terminal.test_review import waiting


def test_a_refund_goes_from_one_person_over_a_second_into_a_file(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PURR_REFUND_FOLDER", str(tmp_path / "refunds"))
    assert "has no pay_out" in office.typed("refunds", "waiting", office.creditor).err
    pay_out = {"account": "12345678911", "bic": "DNBANOKK"}
    details = office.details(accounts=[office.account, "12345678911"], pay_out=pay_out)
    assert office.typed("creditor", "add", details).code == 0
    sent = office.typed("match", waiting(office), "--send-back", "--by", "kim", "--to-account", "99990512341", "--json")
    refund = sent.json["refund"]
    assert "somebody other than kim approves it" in " ".join(
        office.typed("refunds", "waiting", office.creditor).out.split()
    )
    assert "no refund may go now" in office.typed("refunds", "write", office.creditor, "--by", "kim").out
    assert office.typed("refunds", "approve", refund, "--by", "kim").code == 1
    assert office.typed("refunds", "reject", refund, "--by", "ola", "--note", "whose is it").code == 0
    assert office.typed("refunds", "account", refund, "86011117947", "--by", "per").code == 0
    assert office.typed("refunds", "approve", refund, "--by", "anne").out == f"refund {refund} is approved by anne\n"
    written = office.typed("refunds", "write", office.creditor, "--by", "kim", "--json").json
    assert "<Id>86011117947</Id>" in (tmp_path / "refunds" / written["file"]).read_text()
    (kept,) = office.typed("refunds", "files", office.creditor, "--json").json["files"]
    assert (kept["name"], kept["orders"], kept["paid"]) == (written["file"], 1, 0)
    assert "<Document" in office.typed("refunds", "files", office.creditor, written["file"]).out
    assert office.typed("refunds", "paid", refund).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("approve", "4711", "--by", "anne"), "no refund 4711"),
        (("account", "4711", "99990512341", "--by", "anne"), "no refund 4711"),
        (("reject", "4711", "--by", "anne"), "--note"),
        (("write", "nobody", "--by", "anne"), "no creditor nobody"),
        (("files", "nobody", "f.xml"), "no file f.xml"),
    ],
)
def test_what_there_is_not_is_refused_in_words(office: Office, words: tuple[str, ...], said: str) -> None:
    answered = office.typed("refunds", *words)
    assert answered.code != 0
    assert said in answered.err
