"""Hand-offs: the partner's answers, its messages, today's file."""

import pytest

from tests.begin import BEGIN
from tests.terminal.office import Office


def test_a_hand_off_is_answered_once(office: Office) -> None:
    office.invoices("u1")
    ((hand_off,),) = office.rows(
        f"""insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
        select creditor_id, id, 'exported', timestamptz '{BEGIN}', timestamptz '{BEGIN}' from dunning_case
        where creditor_id = '{office.creditor}' returning id"""
    )
    listed = office.typed("hand-offs", "list", "--creditor", office.creditor).out
    assert "exported" in listed
    said = office.typed("hand-offs", "answer", hand_off, "rejected", "--reason", "disputed", "--json")
    assert said.json == {"hand_off": hand_off, "answer": "rejected"}
    for verdict, said_of_it in (
        ("rejected", "waits for no such answer: it is rejected"),
        ("accepted", "it was rejected before"),
    ):
        again = office.typed("hand-offs", "answer", hand_off, verdict)
        assert again.code == 1
        assert said_of_it in again.err


def test_what_was_paid_to_the_partner_is_booked_by_hand_once(office: Office) -> None:
    office.invoices("p1")
    ((hand_off,),) = office.rows(
        f"""insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'accepted', timestamptz '{BEGIN}' from dunning_case
        where creditor_id = '{office.creditor}' returning id"""
    )
    typed = ("hand-offs", "paid", hand_off, "802.00", "--payment", "P-1", "--on", "2026-03-01")
    assert "814.50 NOK booked" in office.typed(*typed, "--interest", "12.50").out
    again = office.typed(*typed, "--interest", "12.50")
    assert (again.code, "P-1 is booked already" in again.err) == (1, True)
    assert office.rows(f"select balance from dunning_case where creditor_id = '{office.creditor}'") == [(0,)]
    assert office.typed("hand-offs", "paid", hand_off, "0", "--payment", "P-2", "--on", "2026-03-01").code == 2
    back = ("hand-offs", "reversed", hand_off, "--payment", "P-1", "--on", "2026-03-05")
    assert "payment P-1 is taken back" in office.typed(*back).out
    assert (office.typed(*back).code, office.typed(*back[:-1], "5 March").code) == (1, 2)
    assert office.rows(f"select balance from dunning_case where creditor_id = '{office.creditor}'") == [(802,)]
    assert "P-1 was taken back: nothing is booked" in office.typed(*typed).err
    assert "P-9 has not come" in office.typed(*back[:4], "P-9", *back[5:]).out


def test_a_message_to_the_partner_is_listed_and_acknowledged_once_it_is_exported(office: Office) -> None:
    office.invoices("x1")
    ((message,),) = office.rows(
        f"""with h as (insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
          select creditor_id, id, 'exported', timestamptz '{BEGIN}', timestamptz '{BEGIN}' from dunning_case
          where creditor_id = '{office.creditor}' returning id)
        insert into hand_off_message (hand_off_id, kind, reason, happened_at)
        select id, 'recall', 'wrong-debtor', timestamptz '{BEGIN}' from h returning id"""
    )
    early = office.typed("hand-offs", "acknowledge", message)
    assert early.code == 1
    assert "waits for no acknowledgement" in early.err
    office.rows(
        f"update hand_off_message set exported_at = '{BEGIN}', file = 'today.json' where id = {message} returning 1"
    )
    said = office.typed("hand-offs", "acknowledge", message, "--creditor", office.creditor, "--json")
    assert said.json == {"message": message, "acknowledged": True}
    assert office.typed("hand-offs", "acknowledge", message).code == 1
    (listed,) = office.typed("hand-offs", "messages", "--creditor", office.creditor, "--json").json["messages"]
    assert (listed["id"], listed["kind"], listed["reason"]) == (message, "recall", "wrong-debtor")
    assert listed["acknowledged_at"]
    assert f"{office.creditor}/x1" in office.typed("hand-offs", "messages").out


def test_the_days_hand_off_files_are_written_when_asked(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_HAND_OFF_FOLDER", str(office.folder / "hand-off"))
    monkeypatch.setenv("PURR_PRINT_FOLDER", str(office.folder / "print"))
    said = office.typed("hand-offs", "export", "--json")
    assert said.code == 0, said
    assert said.json["exported"] == 0
