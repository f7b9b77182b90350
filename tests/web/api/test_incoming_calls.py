"""A phone system tells who calls whom: once for each call and agent, whatever form the number has."""

import pytest

from domain.desk.roles import Role
from domain.parties.caller_numbers import caller_number
from facts import clock
from facts.desk.users import Registration, disable_user, keep_user
from tests.web.door import Door


async def agent(door: Door, name: str, role: Role = Role.AGENT) -> str:
    """Somebody who works at the desk for the creditor."""
    name = f"{name}-{door.creditor}"
    given = Registration(name, f"{name}@desk.example", name, (role,), (door.creditor,))
    async with door.database.transaction() as connection:
        await keep_user(connection, given, "tests", await clock.now(connection))
    return name


@pytest.mark.parametrize(("told", "number"), [
    ("+4791234567", "+4791234567"),
    ("91 23 45 67", "+4791234567"),
    ("004791234567", "+4791234567"),
    ("4791234567", "+4791234567"),
    ("tel:+47-91234567;phone-context=x", "+4791234567"),
    ("sip:+4791234567@sbc.example", "+4791234567"),
    ("+4522334455", "+4522334455"),
    ("anonymous", None),
    ("12", None),
    ("<script>", None),
    ("+" + "9" * 60, None),
    ("\x00", None),
    (None, None),
])  # fmt: skip
def test_a_number_is_read_however_a_phone_system_writes_it(told: str | None, number: str | None) -> None:
    assert caller_number(told, "NO") == number


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
