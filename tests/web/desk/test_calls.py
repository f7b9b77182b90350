"""The calls at the desk: taken by one, told once, and an agency's people see what was given to their agency alone."""

import pytest_asyncio

from connectors.ids import Kind
from domain.desk.roles import Role
from tests.begin import by_day, turn
from tests.web.api.test_calls import give, to_call
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door, day


@pytest_asyncio.fixture(autouse=True)
async def at_an_hour_for_calls(door: Door) -> None:
    """Nobody is called at night."""
    await turn(door.database, by_day())


async def call_of(door: Door, number: str = "1001", **changes: str) -> tuple[int, str]:
    """A call that waits: its number here, and its creditor's id of it."""
    theirs = await to_call(door, number, **changes)
    own = await door.one("select max(id) from task where creditor_id = :c", c=door.creditor)
    return own, theirs


async def test_a_call_is_taken_and_ends_in_a_promise_told_once(desk: Desk) -> None:
    id, _ = await call_of(desk.door)
    assert "Kari Nordmann" in (await desk.get("/desk/calls")).text
    screen = (await desk.get(f"/desk/calls/{id}")).text
    assert all(said in screen for said in ("+4791234567", "tel:+4791234567", "NOK ", 'data-key="6"'))
    assert (await desk.send(f"/desk/calls/{id}/take")).status_code == 303
    assert "It is yours until" in (await desk.get(f"/desk/calls/{id}")).text
    once = screen.split('name="once" value="')[1].split('"')[0]
    form = {"outcome": "promised", "on": day(7), "once": once, "note": "paid on <b>Friday</b>"}
    for _ in range(2):
        assert (await desk.send(f"/desk/calls/{id}/outcome", **form)).status_code == 303
    promised = "select count(*) from promise p join dunning_case c on c.id = p.case_id where c.creditor_id = :c"
    assert await desk.door.one(promised, c=desk.door.creditor) == 1
    assert "not to be made any more" in (await desk.get(f"/desk/calls/{id}")).text


async def test_of_two_the_second_is_told_who_is_at_it(staff: Staff, desk: Desk) -> None:
    id, _ = await call_of(desk.door)
    await desk.send(f"/desk/calls/{id}/take")
    other = await staff.sign_in(Role.SUPERVISOR)
    told = await other.send(f"/desk/calls/{id}/take")
    assert (told.status_code, f"{desk.user.name} is at this debtor" in told.text) == (409, True)


async def test_what_cannot_be_read_is_told_and_what_was_typed_stays(desk: Desk) -> None:
    id, _ = await call_of(desk.door)
    for form, said in (
        ({"outcome": "promised", "note": "she &lt;said&gt;"}, "needs on"),
        ({"outcome": "promised", "on": "2001-01-01"}, ""),
        ({"outcome": "disputes", "amount": "1e3"}, ""),
        ({"outcome": "laughed"}, "outcome"),
    ):
        told = await desk.send(f"/desk/calls/{id}/outcome", **form)
        assert (told.status_code, said in told.text) == (409, True), (form, told.text)
    assert (await desk.send(f"/desk/calls/{id}/snooze", until="tomorrow")).status_code == 409
    assert (await desk.send(f"/desk/calls/{id}/snooze", until=f"{day(2)}T10:00")).status_code == 303
    assert await desk.door.one("select count(*) from call_try where task_id = :id", id=id) == 0


async def test_an_agency_sees_and_moves_what_was_given_to_it_alone(staff: Staff, desk: Desk) -> None:
    (mine, theirs), (ours, _) = await call_of(desk.door), await call_of(desk.door, "1002", name="Ola Hansen")
    await give(desk.door, theirs)
    rita = await staff.sign_in(Role.CALL_AGENCY, agency="Ring AS")
    listed = (await rita.get("/desk/calls")).text
    assert ("Kari Nordmann" in listed, "Ola Hansen" in listed) == (True, False)
    for path in ("take", "link", "outcome", "snooze"):
        assert (await rita.send(f"/desk/calls/{ours}/{path}")).status_code == 404
    assert (await rita.get(f"/desk/calls/{ours}")).status_code == 404
    other = await staff.sign_in(Role.CALL_AGENCY, agency="Other AS")
    assert (await other.get(f"/desk/calls/{mine}")).status_code == 404
    assert (await rita.send(f"/desk/calls/{mine}/outcome", outcome="no answer")).status_code == 303
    by = "select by from call_try where task_id = :id"
    assert await desk.door.one(by, id=mine) == f"Ring AS: {rita.user.name}"
    assert (await desk.send(f"/desk/calls/{mine}/take")).status_code == 409


async def test_a_call_of_another_creditor_is_not_there(staff: Staff, desk: Desk) -> None:
    id, _ = await call_of(desk.door)
    await desk.door.register(f"{desk.door.creditor}-calls")
    stranger = await staff.sign_in(Role.AGENT, creditors=(f"{desk.door.creditor}-calls",))
    assert (await stranger.get(f"/desk/calls/{id}")).status_code == 404
    assert (await stranger.send(f"/desk/calls/{id}/take")).status_code == 404
    assert await desk.door.id_of(Kind.TASK, id)


async def test_a_screen_has_the_most_worth_and_says_how_many_more_wait(desk: Desk) -> None:
    for number in ("1001", "1002", "1003"):
        await call_of(desk.door, number, name=f"Kunde {number}")
    first = (await desk.get("/desk/calls?most=1")).text
    assert ("Kunde 1001" in first, "Kunde 1003" in first) == (True, False)
    assert "2 more wait" in first
    assert "more wait" not in (await desk.get("/desk/calls")).text
    assert (await desk.get("/desk/calls?most=0")).status_code in (404, 422)
