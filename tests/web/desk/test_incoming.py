"""Who calls an agent: the card opens for them alone and says to ask first; a number that is nobody's is bound with care."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from domain.desk.roles import Role
from facts.desk.incoming_calls import forget
from tests.begin import BEGIN
from tests.web.api.test_calls import agency_of
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door

NUMBER = "+4791234567"
ASK = "A number proves nobody"


async def owes(door: Door, number: str, name: str = "Kari Nordmann", **changes: Any) -> int:
    """An invoice to somebody with this number, unless another is given; gives the debtor."""
    debtor = {"name": name, "customer_number": f"K-{name}", "phone": NUMBER, "city": "Oslo"} | changes
    debtor |= {"address_lines": ["Storgata 1"], "postcode": "0155"}
    assert (await door.send_invoice(number, debtor=debtor, reference=None)).status_code == 201
    query = "select id from debtor where creditor_id = :c and name = :name"
    found: int = await door.one(query, c=door.creditor, name=name)
    return found


async def calls(desk: Desk, number: str | None = NUMBER, *, call: str = "", key: str = "") -> dict[str, Any]:
    """The phone system tells that somebody calls the agent."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    told = await desk.door.client.post(
        "/v1/calls/incoming",
        json={"call": call or f"c-{uuid4()}", "agent": desk.user.name, "number": number},
        headers=headers,
    )
    assert told.status_code == 200, told.text
    answer: dict[str, Any] = told.json()
    return answer


async def card(desk: Desk, number: str | None = NUMBER) -> str:
    """The path of the card of a call that comes in now."""
    return str((await calls(desk, number))["address"]).removeprefix("https://purr.example")


async def contacts(door: Door, debtor: int) -> set[tuple[str, str, str]]:
    """How somebody is called, each with its state."""
    query = "select channel, address, state from contact_point where debtor_id = :d and channel in ('sms', 'phone')"
    return {tuple(row) for row in await door.rows(query, d=debtor)}


async def test_the_only_debtor_of_a_number_is_there_at_once_and_the_agent_asks_first(desk: Desk) -> None:
    debtor = await owes(desk.door, "1001")
    opened = await desk.get(await card(desk))
    assert opened.headers["location"] == f"/desk/case/{desk.door.creditor}/1001?done=incoming"
    shown = (await desk.get(opened.headers["location"])).text
    assert ASK in shown
    assert "Kari Nordmann" in shown
    looked = "select count(*) from desk_audit where by = :by and what = 'looked' and debtor_id = :d"
    assert await desk.door.one(looked, by=desk.user.name, d=debtor) == 1
    await owes(desk.door, "1002")
    assert (await desk.get(await card(desk))).headers["location"] == f"/desk/debtor/{debtor}?done=incoming"
    kept = "select count(*) from incoming_call where creditor_id = :c and number is not null"
    assert await desk.door.one(kept, c=desk.door.creditor) == 0


async def test_of_two_creditors_those_within_reach_alone_are_offered(desk: Desk, staff: Staff) -> None:
    await owes(desk.door, "1001")
    other = f"{desk.door.creditor}-calls"
    key = await desk.door.register(other)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(desk.door.app), base_url="https://purr.example"
    ) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        theirs = Door(desk.door.app, client, desk.door.database, other)
        await owes(theirs, "2001", "Ola <script>alert(1)</script> Hansen")
    both = await staff.sign_in(Role.AGENT, creditors=(desk.door.creditor, other))
    offered = (await both.get(await card(both))).text
    assert all(said in offered for said in ("Kari Nordmann", "Ola &lt;script&gt;", "/desk/debtor/", "0155 Oslo", ASK))
    assert "<script>alert" not in offered
    assert (await desk.get(await card(desk))).headers["location"].endswith("/1001?done=incoming")
    # The line of another creditor, whose calls this agent does not take, tells them nothing.
    assert await calls(desk, key=key) == {"told": False, "address": None}
    # Who is known alone, but calls a creditor whom they owe nothing, is not sure.
    await owes(desk.door, "1003", "Siri Dahl", phone="+4745454545")
    lines = await calls(both, "+4745454545", key=key)
    offered = (await both.get(lines["address"].removeprefix("https://purr.example"))).text
    assert "Siri Dahl" in offered


async def test_a_number_that_may_not_be_theirs_or_is_of_who_stands_in_is_offered(desk: Desk) -> None:
    debtor = await owes(desk.door, "1001")
    change = {"by": "anne", "reason_code": "asked", "phone": "+4798765432"}
    assert (await desk.door.client.patch("/v1/debtors/K-Kari Nordmann", json=change)).status_code == 200
    assert "may not be the customer" in (await desk.get(await card(desk))).text
    adviser = {"by": "anne", "reason_code": "asked", "representative": {"name": "Per Verge", "phone": "+4790909090"}}
    assert (await desk.door.client.patch("/v1/debtors/K-Kari Nordmann", json=adviser)).status_code == 200
    offered = (await desk.get(await card(desk, "90 90 90 90"))).text
    assert f"/desk/debtor/{debtor}" in offered
    assert "belongs to Per Verge" in offered


async def test_a_number_that_is_nobodys_is_bound_to_whom_was_asked_beside_the_numbers_they_have(desk: Desk) -> None:
    debtor = await owes(desk.door, "1001")
    path = await card(desk, "41 23 45 67")
    found = (await desk.get(path, q="K-Kari Nordmann")).text
    assert all(said in found for said in ("+4741234567", f"{path}/bind/{debtor}", ASK))
    form = (await desk.get(f"{path}/bind/{debtor}")).text
    assert all(said in form for said in ("beside", "takes the place of", NUMBER, "Kari Nordmann"))
    unasked = await desk.send(f"{path}/bind/{debtor}")
    assert (unasked.status_code, "First ask who it is" in unasked.text) == (422, True)
    for _ in range(2):
        assert (await desk.send(f"{path}/bind/{debtor}", asked="yes")).status_code == 303
    both = {(channel, address, "valid") for channel in ("sms", "phone") for address in (NUMBER, "+4741234567")}
    assert await contacts(desk.door, debtor) == both
    bound = "select count(*) from desk_audit where by = :by and what = 'number_bound' and debtor_id = :d"
    assert await desk.door.one(bound, by=desk.user.name, d=debtor) == 1
    said = """select count(*) from case_event e join dunning_case c on c.id = e.case_id
        where c.debtor_id = :d and e.kind = 'debtor_changed' and e.by = :by"""
    assert await desk.door.one(said, d=debtor, by=desk.user.name) == 1
    assert await desk.door.one("select count(*) from incoming_call where number is not null and user_id = :u",
                               u=desk.user.id) == 0  # fmt: skip
    assert (await desk.get(path)).headers["location"].endswith("/1001?done=incoming")


async def test_a_number_takes_the_place_of_another_where_that_is_wanted(desk: Desk) -> None:
    debtor = await owes(desk.door, "1001")
    path = await card(desk, "+4741234567")
    assert (await desk.send(f"{path}/bind/{debtor}", asked="yes", instead="yes")).status_code == 303
    assert {(address, state) for _, address, state in await contacts(desk.door, debtor)} == {
        (NUMBER, "left"),
        ("+4741234567", "valid"),
    }


async def test_a_household_shares_a_number_and_one_of_two_gives_it_up(desk: Desk) -> None:
    kari, ola = await owes(desk.door, "1001"), await owes(desk.door, "1002", "Ola Nordmann", phone="+4798765432")
    path = await card(desk)
    known = await desk.get(path)
    assert known.headers["location"].endswith("/1001?done=incoming")
    assert 'href="/desk/incoming"' in (await desk.get(known.headers["location"])).text
    assert (await desk.get("/desk/incoming")).headers["location"] == f"{path}?everybody=yes"
    found = (await desk.get(path, q="Ola Nordmann")).text
    assert all(said in found for said in ("Kari Nordmann", f"{path}/bind/{ola}"))
    assert (await desk.send(f"{path}/bind/{ola}", asked="yes")).status_code == 303
    offered = (await desk.get(path)).text
    assert all(said in offered for said in ("Kari Nordmann", "Ola Nordmann", f"{path}/unbind/{ola}", ASK))
    valid = {(NUMBER, "valid"), ("+4798765432", "valid")}
    assert {each[1:] for each in await contacts(desk.door, ola)} == valid
    assert {each[1:] for each in await contacts(desk.door, kari)} == {(NUMBER, "valid")}
    await owes(desk.door, "1003", "Ola Nordmann", phone="+4798765432")
    assert {each[1:] for each in await contacts(desk.door, ola)} == valid, "an invoice that repeats the other one"
    assert "Whoever else has the number keeps it" in (await desk.get(f"{path}/unbind/{kari}")).text
    for _ in range(2):
        assert (await desk.send(f"{path}/unbind/{kari}")).status_code == 303
    assert {each[1:] for each in await contacts(desk.door, kari)} == {(NUMBER, "left")}
    assert {each[1:] for each in await contacts(desk.door, ola)} == valid
    left = (await desk.get(path)).text
    assert all(said in left for said in ("may not be the customer", f"{path}/unbind/{ola}"))
    await owes(desk.door, "1004")
    assert {each[1:] for each in await contacts(desk.door, kari)} == {(NUMBER, "left")}, "data brings no number back"


@pytest.mark.parametrize(
    "number", [None, "", "anonymous", "<script>alert(1)</script>", "sip:anne@acme.example", "\u202e1881"]
)
async def test_a_withheld_number_says_so_and_binds_nobody(desk: Desk, number: str | None) -> None:
    debtor = await owes(desk.door, "1001")
    path = await card(desk, number)
    shown = (await desk.get(path, q="Kari Nordmann")).text
    assert "withheld or unknown" in shown
    assert "<script>alert" not in shown
    assert "/bind/" not in shown
    assert (await desk.send(f"{path}/bind/{debtor}", asked="yes")).status_code == 303
    assert {address for _, address, _ in await contacts(desk.door, debtor)} == {NUMBER}


async def test_a_card_is_there_for_the_agent_who_is_called_alone(desk: Desk, staff: Staff) -> None:
    debtor = await owes(desk.door, "1001")
    path = await card(desk, "+4741234567")
    for other in (await staff.sign_in(Role.AGENT), await staff.sign_in(Role.CREDIT_MANAGER)):
        for tried in (path, f"{path}/bind/{debtor}", f"/desk/incoming/{uuid4()}", "/desk/incoming/1"):
            assert (await other.get(tried)).status_code == 404, tried
        assert (await other.send(f"{path}/bind/{debtor}", asked="yes")).status_code == 404
        assert path not in (await other.get("/desk/")).text
        assert (await other.get("/desk/live/calls")).json() == []
    for nobody in (0, 2**31, debtor + 10_000):
        assert (await desk.send(f"{path}/bind/{nobody}", asked="yes")).status_code == 404
    assert (await desk.door.client.get(path)).status_code == 303


async def test_off_means_off_and_nothing_is_left(desk: Desk) -> None:
    path = await card(desk)
    assert path in (await desk.get("/desk/")).text
    assert [path.rpartition("/")[2]] == (await desk.get("/desk/live/calls")).json()
    assert (await desk.send("/desk/incoming", hear="no")).status_code == 303
    assert await calls(desk) == {"told": False, "address": None}
    start = (await desk.get("/desk/")).text
    assert (path in start, 'id="calls"' in start, "You are not told here" in start) == (False, False, True)
    assert (await desk.get(path)).status_code == 404
    for waits in ("/desk/live", "/desk/live/calls"):
        assert (await desk.get(waits)).status_code == 204
    assert await desk.door.one("select count(*) from incoming_call where user_id = :u", u=desk.user.id) == 0
    assert (await desk.send("/desk/incoming", hear="yes")).status_code == 303
    assert (await calls(desk))["told"]


async def test_a_call_is_listed_for_minutes_kept_for_a_day_and_then_forgotten(desk: Desk) -> None:
    path = await card(desk)
    query = "update incoming_call set recorded_at = clock_timestamp() - cast(:ago as interval) where user_id = :u returning 1"
    await desk.door.rows(query, ago="11 minutes", u=desk.user.id)
    assert path not in (await desk.get("/desk/")).text
    assert (await desk.get(path)).status_code == 200
    await desk.door.rows(query, ago="25 hours", u=desk.user.id)
    assert (await desk.get(path)).status_code == 404
    async with desk.door.database.transaction() as connection:
        await forget(connection)
        left = await connection.execute(
            text("select count(*) from incoming_call where user_id = :u"), {"u": desk.user.id}
        )
    assert left.scalar_one() == 0


async def test_an_agency_hears_its_own_line_and_sees_what_was_given_to_it(desk: Desk, staff: Staff) -> None:
    await owes(desk.door, "1001")
    rita = await staff.sign_in(Role.CALL_AGENCY, agency="Ring AS")
    auditor = await staff.sign_in(Role.AUDITOR)
    body = {"call": "c-1", "number": NUMBER}
    async with agency_of(desk.door) as ring:
        for who, told in ((rita, True), (desk, False), (auditor, False)):
            answer = await ring.post("/v1/calls/incoming", json=body | {"agent": who.user.name})
            assert answer.json()["told"] is told
    (path,) = [f"/desk/incoming/{id}" for id in (await rita.get("/desk/live/calls")).json()]
    assert "No customer that you have access to" in (await rita.get(path)).text
    given = """insert into task (creditor_id, case_id, round, step, kind, why, agency, happened_at)
        select creditor_id, id, round, 'call', 'call', 'much is owed', 'Ring AS', :now from dunning_case
        where creditor_id = :c returning id"""
    await desk.door.rows(given, c=desk.door.creditor, now=BEGIN)
    assert (await rita.get(path)).headers["location"].endswith("/1001?done=incoming")
    assert (await rita.get(f"{path}/bind/1")).status_code == 404
