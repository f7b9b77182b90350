"""Calls over the terminal: list, take, tell what came of one, put one off."""

from datetime import timedelta

import pytest

from tests.begin import BEGIN, by_day
from tests.terminal.office import Office


@pytest.fixture(autouse=True)
def at_an_hour_for_calls(office: Office) -> None:
    """Nobody is called at night."""
    office.turn(by_day())


def to_call(office: Office, number: str) -> int:
    """An invoice whose debtor is to be called; gives the call."""
    office.invoices(number)
    changed = office.typed(
        "debtor", "change", office.creditor, f"K-{number}", "--phone", "+4791234567", "--reason", "told"
    )
    assert changed.code == 0, changed
    asked: int = office.rows(
        f"""insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        select c.creditor_id, c.id, 1, 'call', 'call', 'much is owed', timestamptz '{BEGIN}' from dunning_case c
        join invoice i on i.id = c.invoice_id where c.creditor_id = '{office.creditor}' and i.number = '{number}'
        returning id"""
    )[0][0]
    return asked


def test_a_call_is_taken_by_one_and_what_came_of_it_is_told(office: Office) -> None:
    call, mine = to_call(office, "c1"), ("--creditor", office.creditor)
    (listed,) = office.typed("calls", "list", *mine, "--json").json["calls"]
    assert (listed["id"], listed["numbers"], listed["tries"]) == (call, ["+4791234567"], 0)
    taken = office.typed("calls", "take", "--by", "anne", *mine)
    assert (taken.code, f"call {call} is yours until" in taken.out) == (0, True), taken
    second = office.typed("calls", "take", call, "--by", "kim", *mine)
    assert (second.code, "anne is at this debtor" in second.err) == (1, True), second
    none_left = office.typed("calls", "take", "--by", "kim", *mine)
    assert (none_left.code, "no call to make now" in none_left.err) == (1, True), none_left
    assert "anne is at it" in office.typed("calls", "list", "--all", *mine).out
    unknown = office.typed("calls", "outcome", call, "laughed", "--by", "anne")
    assert (unknown.code, "write one of paid, promised" in unknown.err) == (2, True), unknown
    past = office.typed("calls", "outcome", call, "promised", "--on", "2020-01-01", "--by", "anne")
    assert (past.code, "is past" in past.err) == (1, True), past
    day = (BEGIN + timedelta(days=3)).date()
    told = office.typed("calls", "outcome", call, "promised", "--on", day, "--by", "anne", *mine)
    assert told.code == 0, told
    again = office.typed("calls", "outcome", call, "paid", "--by", "anne", *mine)
    assert (again.code, "is done: promised, by anne" in again.err) == (1, True), again
    said = [entry["what"] for entry in office.typed("status", f"{office.creditor}/c1", "--json").json["timeline"]]
    assert {"call_outcome", "promise"} <= set(said)


def test_a_call_is_put_off_to_a_moment_with_its_zone(office: Office) -> None:
    call, mine = to_call(office, "c2"), ("--creditor", office.creditor)
    vague = office.typed("calls", "snooze", call, "--until", "2099-12-24T11:00", "--by", "anne")
    assert (vague.code, "has no zone" in vague.err) == (2, True), vague
    assert office.typed("calls", "snooze", call, "--until", "2020-01-01T11:00Z", "--by", "anne").code == 1
    assert office.typed("calls", "snooze", call, "--until", "2099-12-24T11:00+01:00", "--by", "anne").code == 0
    assert office.typed("calls", "list", *mine, "--json").json == {"calls": []}


def test_an_agency_gets_a_list_and_its_outcomes_come_back_as_a_file(office: Office) -> None:
    call, mine = to_call(office, "c3"), ("--creditor", office.creditor)
    assert office.typed("calls", "give", call, "--to", "Ring: AS", "--by", "anne").code == 2
    assert office.typed("calls", "give", call, "--by", "anne").code == 2
    assert office.typed("calls", "give", call, "--to", "Ring AS", "--by", "anne", *mine).code == 0
    listed = office.typed("calls", "list", "--agency", "Ring AS", *mine, "--output", "csv").out
    assert f"{office.creditor}/c3" in listed
    file = office.folder / "outcomes.csv"
    file.write_text(f"call,outcome,at,by\n{call},no answer,{BEGIN:%Y-%m-%dT%H:%M:%SZ},kim\n")
    for became in ("recorded", "known"):
        said = office.typed("calls", "outcomes", file, "--agency", "Ring AS", *mine, "--json")
        assert (said.code, said.json["lines"][0]["became"]) == (0, became), said
    foreign = office.typed("calls", "outcomes", file, "--agency", "Other AS", *mine)
    assert (foreign.code, "no call" in foreign.out) == (1, True), foreign
    assert office.typed("calls", "give", call, "--back", "--by", "anne", *mine).code == 0
    key = office.typed("creditor", "key", office.creditor, "--agency", "Ring AS", "--json")
    assert key.json["api_key"].startswith("purr_")


def test_who_is_on_the_phone_is_sent_the_link_and_nothing_is_promised_where_it_cannot_leave(office: Office) -> None:
    call, mine = to_call(office, "c4"), ("--creditor", office.creditor)
    sent = office.typed("calls", "link", call, "--by", "anne", *mine)
    assert (sent.code, "on its way by SMS" in sent.out) == (0, True), sent
    assert office.typed("hold", f"{office.creditor}/c4", "--by", "anne").code == 0
    held = office.typed("calls", "link", call, "--by", "anne", *mine)
    assert (held.code, "the link does not leave now" in held.err) == (1, True), held
