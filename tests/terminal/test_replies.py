"""What debtors wrote to us, at the terminal: read once, and refused in the words of the API."""

from pathlib import Path

from tests.begin import BEGIN
from tests.connectors.test_attachments import PDF
from tests.terminal.office import Office


def test_a_reply_is_read_once_and_one_that_is_not_there_is_refused(office: Office) -> None:
    office.invoices("r1")
    ((reply,),) = office.rows(
        f"""insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
        select creditor_id, debtor_id, id, 'page', 'when is it due?', timestamptz '{BEGIN}' from dunning_case
        where creditor_id = '{office.creditor}' returning id"""
    )
    mine = ("--creditor", office.creditor)
    (listed,) = office.typed("replies", "list", *mine, "--json").json["replies"]
    assert (listed["id"], listed["text"]) == (reply, "when is it due?")
    done = ("replies", "done", reply, "--by", "kim")
    assert office.typed(*done, "--json").json == {"reply": reply, "done": True}
    again = office.typed(*done)
    assert (again.code, f"reply {reply} is read" in again.err) == (1, True)
    assert office.typed("replies", "list", *mine).out == "no replies\n"
    unknown = office.typed("replies", "done", 999_999, "--by", "kim")
    assert (unknown.code, unknown.err) == (1, "no reply 999999: `replies list` names them\n")


def test_a_call_is_taken_by_one_command_and_stands_in_the_thread_and_in_the_count(office: Office) -> None:
    office.invoices("r1", "r2")
    took = ("replies", "take", "phone", f"{office.creditor}/r1", "--by", "kim")
    reply = office.typed(*took, "--topic", "how to pay", "--text", "hvor er KID?", "--json").json["reply"]
    ((customer,),) = office.rows(
        f"select customer_number from debtor d join reply r on r.debtor_id = d.id where r.id = {reply}"
    )
    (message,) = office.typed("replies", "thread", office.creditor, customer, "--json").json["messages"]
    assert (message["reply"], message["state"], message["invoices"]) == (reply, "read", ["r1"])
    counted = office.typed("replies", "counted", office.creditor, "--since", str(BEGIN.date()), "--json").json["counts"]
    assert [(each["channel"], each["topic"], each["contacts"]) for each in counted] == [("phone", "how to pay", 1)]
    wrong = office.typed(*took, "--topic", "the weather")
    assert (wrong.code, "is no topic: write one of has died, insolvent" in wrong.err) == (2, True)
    assert "no debtor nobody" in office.typed("replies", "thread", office.creditor, "nobody").err


def test_a_letters_scan_is_taken_with_it_and_saved_again(office: Office, tmp_path: Path) -> None:
    office.invoices("r3")
    scan, copy = tmp_path / "scan.pdf", tmp_path / "copy.pdf"
    scan.write_bytes(b"%PDF-1.7 a letter")
    take = ("replies", "take", "letter", f"{office.creditor}/r3", "--by", "kim", "--topic", "disagrees")
    reply = office.typed(*take, "--pdf", scan, "--json").json["reply"]
    assert office.typed("replies", "save", reply, 1, "--to", copy).code == 0
    assert copy.read_bytes() == scan.read_bytes()
    assert "cannot be written: File exists" in office.typed("replies", "save", reply, 1, "--to", copy).err
    assert "has no file 2 that is kept" in office.typed("replies", "save", reply, 2, "--to", tmp_path / "x").err
    scan.write_bytes(b"no letter")
    assert "is not a PDF" in office.typed(*take, "--pdf", scan).err


def test_a_reply_is_answered_once_and_read_by_that(office: Office) -> None:
    office.invoices("r4")
    ((reply,),) = office.rows(
        f"""insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
        select creditor_id, debtor_id, id, 'sms', 'hvorfor?', timestamptz '{BEGIN}' from dunning_case
        where creditor_id = '{office.creditor}' limit 1 returning id"""
    )
    answer = ("replies", "answer", reply, "--by", "kim", "--text", "Det er nettleie.")
    answered = office.typed(*answer)
    assert answered.out == f"reply {reply} is read; the answer goes by sms, and is on the page\n"
    again = office.typed(*answer)
    assert (again.code, "already: nothing is sent twice" in again.err) == (1, True)
    assert office.typed("replies", "answer", reply, "--by", "kim", "--text", "").code == 2


def test_a_file_goes_beside_an_answer_where_it_is_what_it_says(office: Office, tmp_path: Path) -> None:
    office.invoices("r5")
    ((reply,),) = office.rows(
        f"""insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
        select creditor_id, debtor_id, id, 'sms', 'hvorfor?', timestamptz '{BEGIN}' from dunning_case
        where creditor_id = '{office.creditor}' limit 1 returning id"""
    )
    pdf, page = tmp_path / "terms.pdf", tmp_path / "page.pdf"
    pdf.write_bytes(PDF)
    page.write_bytes(b"<!doctype html><p>Hei")
    answer = ("replies", "answer", reply, "--by", "kim", "--text", "Se her.", "--file", str(pdf))
    refused = office.typed(*answer, "--file", str(page))
    assert (refused.code, refused.err) == (1, "page.pdf is not taken: page\n")
    assert office.typed(*answer).code == 0
    files = office.rows(f"select name, size, answer_id is not null from reply_file where reply_id = {reply}")
    assert [tuple(file) for file in files] == [("terms.pdf", len(PDF), True)]
