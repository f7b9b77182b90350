"""Calls over the API, by a creditor's own people and by an agency that sees what was given to it alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from connectors.ids import Kind
from domain.desk.roles import Role
from facts import clock
from facts.desk.users import Registration, disable_user, keep_user
from facts.parties.creditors import issue_api_key
from tests.begin import BEGIN, by_day, turn
from tests.web.door import Door, day

AT = f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}"


@pytest_asyncio.fixture(autouse=True)
async def at_an_hour_for_calls(door: Door) -> None:
    """Nobody is called at night."""
    await turn(door.database, by_day())


async def to_call(door: Door, number: str = "1001", **changes: Any) -> str:
    """An invoice whose debtor is to be called; gives the call."""
    debtor = {"name": "Kari Nordmann", "customer_number": f"K-{number}", "phone": "+4791234567"} | changes
    assert (await door.send_invoice(number, debtor=debtor, reference=None)).status_code == 201
    asked: int = await door.one(
        """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        select c.creditor_id, c.id, c.round, 'call', 'call', 'much is owed', :now from dunning_case c
        join invoice i on i.id = c.invoice_id where c.creditor_id = :creditor and i.number = :number returning id""",
        creditor=door.creditor,
        number=number,
        now=BEGIN,
    )
    return await door.id_of(Kind.TASK, asked)


@asynccontextmanager
async def agency_of(door: Door, name: str = "Ring AS") -> AsyncIterator[httpx.AsyncClient]:
    """An agency at the same door."""
    async with door.database.transaction() as connection:
        key = await issue_api_key(connection, door.creditor, "calls", BEGIN, name)
    transport = httpx.ASGITransport(door.app)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example", headers=headers) as client:
        yield client


async def give(door: Door, call: str, agency: str | None = "Ring AS") -> httpx.Response:
    """Give a call to an agency."""
    return await door.client.post(f"/v1/calls/{call}/give", json={"by": "anne", "agency": agency})


async def told(door: Door, kind: str) -> list[tuple[str, Any]]:
    """Who did this, and about which call."""
    query = """select e.by, e.detail ->> 'outcome' from case_event e join dunning_case c on c.id = e.case_id
        where c.creditor_id = :c and e.kind = :kind order by e.id"""
    return [tuple(row) for row in await door.rows(query, c=door.creditor, kind=kind)]


async def test_a_call_is_listed_taken_and_ends_in_a_promise(door: Door) -> None:
    call = await to_call(door)
    (listed,) = (await door.client.get("/v1/calls")).json()["calls"]
    assert (listed["id"], listed["numbers"], listed["invoice"]) == (call, ["+4791234567"], "1001")
    assert (await door.client.post(f"/v1/calls/{call}/take", json={"by": "anne"})).json() == {"id": call}
    second = await door.client.post(f"/v1/calls/{call}/take", json={"by": "kim"})
    assert (second.status_code, "anne is at this debtor" in second.json()["detail"]) == (409, True)
    promise = {"by": "anne", "outcome": "promised", "on": day(7)}
    key = {"Idempotency-Key": "promise-1"}
    for _ in range(2):
        assert (await door.client.post(f"/v1/calls/{call}/outcome", json=promise, headers=key)).status_code == 200
    again = await door.client.post(f"/v1/calls/{call}/outcome", json={"by": "anne", "outcome": "paid"})
    assert (again.status_code, again.json()["detail"]) == (409, f"call {call} is done: promised, by anne")
    unknown = await door.client.post(f"/v1/calls/{call}/outcome", json={"by": "anne", "outcome": "laughed"})
    assert unknown.status_code == 422
    assert (await door.client.get("/v1/calls?all=true")).json() == {"calls": []}


async def test_a_call_that_is_given_away_is_the_agencys_and_what_it_did_is_in_the_history(door: Door) -> None:
    given, ours = await to_call(door, "1001"), await to_call(door, "1002", name="Ola Hansen")
    assert (await give(door, given)).status_code == 200
    async with agency_of(door) as agency, agency_of(door, "Other AS") as other:
        assert [each["id"] for each in (await agency.get("/v1/calls?all=true")).json()["calls"]] == [given]
        assert (await other.get("/v1/calls?all=true")).json() == {"calls": []}
        for stranger, call in ((agency, ours), (other, given)):
            for act, body in (
                ("take", {}),
                ("outcome", {"outcome": "paid"}),
                ("snooze", {"until": f"{day(9)}T12:00:00Z"}),
            ):
                seen = await stranger.post(f"/v1/calls/{call}/{act}", json={"by": "kim"} | body)
                assert (seen.status_code, seen.json()["detail"]) == (404, f"no call {call}: `calls list` names them")
        mine = await door.client.post(f"/v1/calls/{given}/take", json={"by": "anne"})
        assert (mine.status_code, "given to Ring AS" in mine.json()["detail"]) == (409, True)
        assert (await agency.post(f"/v1/calls/{given}/take", json={"by": "kim"})).status_code == 200
        done = await agency.post(f"/v1/calls/{given}/outcome", json={"by": "kim", "outcome": "cannot pay"})
        assert done.status_code == 200, done.text
    assert await told(door, "call_outcome") == [("Ring AS: kim", "cannot pay")]


async def test_a_call_that_is_taken_back_is_the_agencys_no_more(door: Door) -> None:
    call = await to_call(door)
    await give(door, call)
    assert (await give(door, call, None)).status_code == 200
    async with agency_of(door) as agency:
        assert (await agency.post(f"/v1/calls/{call}/take", json={"by": "kim"})).status_code == 404
    assert (await door.client.post(f"/v1/calls/{call}/take", json={"by": "anne"})).status_code == 200
    assert (await give(door, call, "Ring: AS")).status_code == 422


async def test_an_agency_works_by_files_and_each_line_is_recorded_once_or_refused_for_itself(door: Door) -> None:
    first, second, third, ours = [
        await to_call(door, str(number), name=f"Kari {number}") for number in (1001, 1002, 1003, 1004)
    ]
    for call in (first, second, third):
        await give(door, call)
    head = "call,outcome,at,by,on,note\n"
    lines = [
        f"{first},promised,{AT},kim,{day(7)},\n",
        f'{second},disputes,{AT},kim,,"never ordered, he says"\n',
        f"{ours},paid,{AT},kim,,\n",
        f"{third},promised,{AT},kim,{day(-7)},\n",
        f"{third},laughed,{AT},kim,,\n",
        f"{third},no answer\n",
        f"{third},no answer,2099-01-01T12:00:00Z,kim,,\n",
        f"{third},no answer,{AT[:-1]},kim,,\n",
        "2000000000,paid,{AT},kim,,\n",
        ",paid,,,,\n",
    ]
    async with agency_of(door) as agency:
        listed = (await agency.get("/v1/calls/file")).text.splitlines()
        assert listed[0].startswith("call,invoice,debtor,")
        assert {line.split(",")[0] for line in listed[1:]} == {first, second, third}
        begun = await agency.post("/v1/calls/outcomes", content=head + lines[0])  # a part of it, as it broke off
        assert [line["became"] for line in begun.json()["lines"]] == ["recorded"]
        for became in (["known", "recorded"], ["known", "known"]):
            answer = (await agency.post("/v1/calls/outcomes", content=head + "".join(lines))).json()["lines"]
            assert [line["became"] for line in answer] == [*became, *["refused"] * 8]
        why = [line["why"] for line in answer]
        assert why[2] == f"no call {ours}: `calls list` names them"
        assert "is past" in why[3]
        assert why[5] == "has 2 cells where the first line has 6"
        assert "is ahead" in why[6]
        assert "needs its zone" in why[7]
        assert why[9] == "lacks at, by, call"
        assert [line["line"] for line in answer] == [f"line {number}" for number in range(2, 12)]
    assert sorted(await told(door, "call_outcome")) == [("Ring AS: kim", "disputes"), ("Ring AS: kim", "promised")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "names the columns"),
        (b"call,outcome\n1,paid\n", "names the columns"),
        (b"call,outcome,at,by,secret\n", "names the columns"),
        (b"\x00\xff\xfe\x00", "the first line names the columns"),
    ],
)
async def test_a_file_that_is_none_is_refused_whole(door: Door, content: bytes, why: str) -> None:
    refused = await door.client.post("/v1/calls/outcomes", content=content)
    assert (refused.status_code, why in refused.json()["detail"]) == (422, True), refused.text


async def test_semicolons_and_a_mark_at_the_beginning_are_read_as_spreadsheets_write_them(door: Door) -> None:
    call = await to_call(door)
    content = f"\ufeffCall;Outcome;At;By\r\n{call};no answer;{AT};anne\r\n\r\n"
    answer = (await door.client.post("/v1/calls/outcomes", content=content.encode())).json()
    assert [line["became"] for line in answer["lines"]] == ["recorded"]


async def test_the_link_leaves_during_the_call_and_an_agency_sends_it_too(door: Door) -> None:
    call = await to_call(door)
    await give(door, call)
    async with agency_of(door) as agency:
        assert (await agency.post(f"/v1/calls/{call}/link", json={"by": "kim"})).json() == {"id": call}
    asked = await door.rows(
        "select e.by from case_event e join dunning_case c on c.id = e.case_id where e.kind = 'payment_link_asked'"
        " and c.creditor_id = :creditor",
        creditor=door.creditor,
    )
    assert [row.by for row in asked] == ["Ring AS: kim"]
    assert (await door.news())[-1] == "task_done"


async def agent(door: Door, name: str, role: Role = Role.AGENT) -> str:
    """Somebody who works at the desk for the creditor."""
    name = f"{name}-{door.creditor}"
    given = Registration(name, f"{name}@desk.example", name, (role,), (door.creditor,))
    async with door.database.transaction() as connection:
        await keep_user(connection, given, "tests", await clock.now(connection))
    return name


async def test_the_same_call_is_told_once_and_to_whom_it_is_put_through(door: Door) -> None:
    anne, kim = await agent(door, "anne"), await agent(door, "kim")
    told = [
        (await door.client.post("/v1/calls/incoming", json={"call": "c-1", "agent": who, "number": number})).json()
        for who, number in ((anne, "91234567"), (anne, None), (kim, "91234567"))
    ]
    assert all(each["told"] for each in told)
    assert told[0] == told[1]
    assert told[0]["address"] != told[2]["address"]
    assert await door.one("select count(*) from incoming_call where creditor_id = :c", c=door.creditor) == 2
    assert await door.one("select count(*) from incoming_call where call_hash = 'c-1'") == 0


async def test_nobody_learns_why_an_agent_does_not_hear(door: Door) -> None:
    auditor, gone = await agent(door, "auditor", Role.AUDITOR), await agent(door, "gone")
    async with door.database.transaction() as connection:
        await disable_user(connection, gone, "tests", await clock.now(connection))
    for who in (auditor, gone, "nobody", "<b>"):
        answer = await door.client.post("/v1/calls/incoming", json={"call": "c-1", "agent": who, "number": "91234567"})
        assert (answer.status_code, answer.json()) == (200, {"told": False, "address": None})
    for wrong in ({"agent": "anne"}, {"call": "", "agent": "anne"}, {"call": "c", "agent": "anne", "record": True}):
        assert (await door.client.post("/v1/calls/incoming", json=wrong)).status_code == 422
