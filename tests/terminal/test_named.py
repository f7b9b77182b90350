"""What a creditor reads out of an answer, a webhook or a file is found: by its id as by its number."""

import pytest

from connectors.ids import CreditorIds, Kind
from tests.begin import BEGIN
from tests.terminal.office import Office
from tests.terminal.test_calls import to_call


def id_of(office: Office, kind: Kind, number: int) -> str:
    """The id by which the office's creditor knows a thing."""
    ((key,),) = office.rows(f"select id_key from creditor where id = '{office.creditor}'")
    return CreditorIds(office.creditor, bytes(key)).sealed(kind, number)


def test_a_call_is_named_by_its_id_wherever_it_is_named(office: Office) -> None:
    call, mine = to_call(office, "n1"), ("--creditor", office.creditor)
    id = id_of(office, Kind.TASK, call)
    taken = office.typed("calls", "take", id, "--by", "anne", *mine)
    assert (taken.code, f"call {call} is yours" in taken.out) == (0, True), taken
    assert office.typed("calls", "give", id, call, "--to", "Ring AS", "--by", "anne", *mine).code == 0
    back = office.typed("calls", "give", id.upper().replace("TSK_", "tsk_"), "--back", "--by", "anne", *mine, "--json")
    assert (back.code, back.json["calls"]) == (0, [call]), back
    file = office.folder / "outcomes.csv"
    file.write_text(f"call,outcome,at,by\n{id},no answer,{BEGIN:%Y-%m-%dT%H:%M:%SZ},kim\n")
    for became in ("recorded", "known"):
        said = office.typed("calls", "outcomes", file, *mine, "--json")
        assert (said.code, said.json["lines"][0]["became"]) == (0, became), said
    file.write_text(f"call,outcome,at,by\n{call},no answer,{BEGIN:%Y-%m-%dT%H:%M:%SZ},kim\n")
    assert office.typed("calls", "outcomes", file, *mine, "--json").json["lines"][0]["became"] == "known"
    file.write_text(f"call,outcome,at,by\nrep_x,no answer,{BEGIN:%Y-%m-%dT%H:%M:%SZ},kim\n")
    refused = office.typed("calls", "outcomes", file, *mine, "--json").json["lines"][0]
    assert (refused["became"], "names no call" in refused["why"]) == ("refused", True)
    done = office.typed("tasks", "done", id, "--by", "kim", *mine)
    assert (done.code, f"task {call} is done" in done.out) == (0, True), done


@pytest.mark.parametrize(
    "line",
    [
        *(
            "tasks done {} --by kim",
            "calls take {} --by kim",
            "calls link {} --by kim",
            "calls outcome {} paid --by kim",
        ),
        *(
            "calls snooze {} --until 2099-12-24T11:00Z --by kim",
            "calls give {} --back --by kim",
            "replies done {} --by kim",
        ),
        *("match {} 1001 --by kim", "match {} --send-back --by kim", "refunds paid {}", "hand-offs answer {} accepted"),
        *("hand-offs acknowledge {}", "replies save {} 1 --to /tmp/none"),
    ],
)
def test_what_names_nothing_is_one_sentence(office: Office, line: str) -> None:
    for named, code in (("nobody", 2), ("0", 2), ("99999999999", 2), ("1.5", 2), ("2000000000", 1)):
        said = office.typed(*line.format(named).split())
        assert said.code == code, (named, said)
        assert "Traceback" not in said.err
    for kind in Kind:
        said = office.typed(*line.format(f"{kind}_{'a' * 32}").split())
        assert (said.code in (1, 2), "Traceback" in said.err) == (True, False), said


def test_an_id_of_another_creditor_names_nothing_of_the_one_that_is_named(office: Office) -> None:
    call = to_call(office, "n2")
    refused = office.typed("tasks", "done", id_of(office, Kind.TASK, call), "--by", "kim", "--creditor", "nobody")
    assert (refused.code, "no task" in refused.err) == (1, True), refused
