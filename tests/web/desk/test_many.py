"""The same to many cases of a filter: what it comes to first, asked for once, each case once, stopped where somebody says so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.jobs.many import Many
from commands.case import outlook
from domain.desk.roles import Role
from tests.begin import TODAY
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_acts import does, hidden
from views import selected
from workflows.contracts import ManyAsked, ManyStands

HELD = "select i.number from hold h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id" \
    " where c.creditor_id = :creditor and h.released_at is null order by i.number"  # fmt: skip


@pytest.fixture
async def supervisor(staff: Staff) -> AsyncIterator[Desk]:
    """Who may do the same to many cases, of which there are five."""
    for number in range(1001, 1006):
        await staff.door.send_invoice(str(number), debtor={"name": f"Kari {number}", "email": f"k{number}@example.no"})
    somebody = await staff.sign_in(Role.SUPERVISOR)
    async with somebody.client:
        yield somebody


async def asks(desk: Desk, act: str = "hold", where: str = "state=open", **more: str) -> int:
    """Somebody looks at what it comes to, and confirms; gives the order's number."""
    shown = await desk.get("/desk/many", where=where, act=act, **more)
    answer = await desk.send("/desk/many", **form_of(shown.text))
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


def form_of(page: str) -> dict[str, str]:
    """What the confirmation sends."""
    return hidden_in(page.partition('<form method="post" action="/desk/many">')[2])


def hidden_in(page: str) -> dict[str, str]:
    """The fields that nobody types."""

    class Page:
        text = page

    return hidden(Page)  # type: ignore[arg-type]


@pytest.fixture
def worker(supervisor: Desk) -> Many:
    """What a worker does of an order."""
    return Many(supervisor.door.database, supervisor.door.app.state.services.planning)


async def page_of(worker: Many, order: int) -> ManyStands:
    """One page of an order."""
    stands: ManyStands = await ActivityEnvironment().run(worker.do_many, ManyAsked(order=order))
    return stands


async def whole(worker: Many, order: int) -> ManyStands:
    """An order to its end."""
    await ActivityEnvironment().run(worker.prepare_many, ManyAsked(order=order))
    while not (stands := await page_of(worker, order)).ended:
        pass
    return stands


async def held(desk: Desk) -> list[str]:
    """The invoices whose cases are on hold."""
    return [row.number for row in await desk.door.rows(HELD, creditor=desk.door.creditor)]


async def test_what_it_comes_to_is_seen_first_and_then_each_case_is_held_once(supervisor: Desk, worker: Many) -> None:
    shown = await supervisor.get("/desk/many", where="state=open", act="hold")
    for told in ("5 cases", "NOK 4,010.00", "Invoice by email", "Do it to 5 cases", "1005", "Nothing until news comes"):
        assert told in shown.text, told
    assert await held(supervisor) == []
    order = await asks(supervisor)
    assert await held(supervisor) == []  # a worker does it
    stands = await whole(worker, order)
    assert (stands.done, stands.refused, stands.of) == (5, 0, 5)
    assert await held(supervisor) == ["1001", "1002", "1003", "1004", "1005"]
    assert "5 done and 0 refused, of 5" in (await supervisor.get(f"/desk/many/{order}")).text
    assert await supervisor.door.one("select why from desk_audit where by = :by and what = 'many'",
                                     by=supervisor.user.name) == "asked"  # fmt: skip


async def test_who_confirms_twice_asks_once(supervisor: Desk) -> None:
    given = form_of((await supervisor.get("/desk/many", where="state=open")).text)
    first, second = await supervisor.send("/desk/many", **given), await supervisor.send("/desk/many", **given)
    assert first.headers["location"] == second.headers["location"]
    count = "select count(*) from many_order where creditor_id = :creditor"
    assert await supervisor.door.one(count, creditor=supervisor.door.creditor) == 1


async def test_what_is_another_selection_by_the_confirmation_is_looked_at_again(supervisor: Desk) -> None:
    given = form_of((await supervisor.get("/desk/many", where="disputed=no")).text)
    assert (await supervisor.door.command("1003", command="dispute")).status_code == 202
    answer = await supervisor.send("/desk/many", **given)
    assert (answer.status_code, "The selection is another now" in answer.text) == (409, True)
    count = "select count(*) from many_order where creditor_id = :creditor"
    assert await supervisor.door.one(count, creditor=supervisor.door.creditor) == 0


async def test_what_is_refused_is_told_case_by_case(supervisor: Desk, worker: Many) -> None:
    await supervisor.door.command("1002", command="hold")
    order = await asks(supervisor, "release")
    stands = await whole(worker, order)
    assert (stands.done, stands.refused) == (1, 4)
    page = (await supervisor.get(f"/desk/many/{order}")).text
    assert page.count("the case is not on hold") == 4


async def test_stopped_in_the_middle_the_rest_is_left(
    supervisor: Desk, worker: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "PAGE", 2)
    order = await asks(supervisor)
    assert not (await page_of(worker, order)).ended
    assert (await supervisor.send(f"/desk/many/{order}/stop")).status_code == 303
    stands = await whole(worker, order)
    assert (stands.done, stands.ended) == (2, True)
    assert await held(supervisor) == ["1001", "1002"]
    assert f"Stopped by {supervisor.user.name}" in (await supervisor.get(f"/desk/many/{order}")).text
    await supervisor.send(f"/desk/many/{order}/stop")  # too late: nothing more happens


async def test_a_worker_that_dies_within_a_page_leaves_nothing_of_it_and_another_goes_on(
    supervisor: Desk, worker: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "PAGE", 2)
    order = await asks(supervisor)
    await page_of(worker, order)
    dies = ActivityEnvironment()
    beats = iter([None])

    def beat(*_details: object) -> None:
        if next(beats, "dead") == "dead":
            raise OSError("the worker is gone")

    dies.on_heartbeat = beat
    with pytest.raises(OSError, match="the worker is gone"):
        await dies.run(worker.do_many, ManyAsked(order=order))
    assert await held(supervisor) == ["1001", "1002"]
    assert (await whole(worker, order)).done == 5
    every = "select count(*) from hold h join dunning_case c on c.id = h.case_id where c.creditor_id = :creditor"
    assert await supervisor.door.one(every, creditor=supervisor.door.creditor) == 5


async def test_cases_that_come_later_are_not_meant(supervisor: Desk, worker: Many) -> None:
    order = await asks(supervisor)
    await supervisor.door.send_invoice("1006", debtor={"name": "Ola", "email": "ola@example.no"})
    assert (await whole(worker, order)).done == 5
    assert "1006" not in await held(supervisor)


@pytest.mark.parametrize(("given", "told"), [
    ({"where": "customer=K-1"}, "names no customer and no invoice"),
    ({"where": "number=1001"}, "names no customer and no invoice"),
    ({"where": "colour=red"}, "no word of filters"),
    ({"where": "amount>1e3"}, "is no amount"),
    ({"where": "state=open", "act": "write-off"}, "Choose something from the list"),
    ({"where": "state=open", "until": "2020-01-01"}, "That day is past"),
    ({"where": "state=open", "until": "1e3"}, "Write the date"),
    ({"where": "state=open", "creditor": "somebody-else"}, "Choose something from the list"),
    ({"where": "state=open", "reason": "because"}, "Choose something from the list"),
])  # fmt: skip
async def test_what_cannot_be_is_said_and_kept(supervisor: Desk, given: dict[str, str], told: str) -> None:
    shown = await supervisor.get("/desk/many", **given)
    assert told in shown.text
    assert given["where"].replace(">", "&gt;") in shown.text
    assert (await supervisor.send("/desk/many", once="0" * 32, weighed="x", **given)).status_code == 422


async def test_an_order_of_another_creditor_is_not_there(supervisor: Desk, staff: Staff) -> None:
    order = await asks(supervisor)
    other = f"{supervisor.door.creditor}-other"
    await supervisor.door.register(other)
    stranger = await staff.sign_in(Role.SUPERVISOR, creditors=(other,))
    async with stranger.client:
        assert (await stranger.get(f"/desk/many/{order}")).status_code == 404
        assert (await stranger.send(f"/desk/many/{order}/stop")).status_code == 404
        assert (await stranger.get(f"/desk/many/{order}/events")).status_code == 404
        assert "0 cases" not in (page := (await stranger.get("/desk/many", where="state=open")).text)
        assert "No open case fits" in page
        assert f"/desk/many/{order}" not in page
    agent = await staff.sign_in(Role.AGENT)
    async with agent.client:
        assert (await agent.get("/desk/many")).status_code == 404
        assert (await agent.send("/desk/many", where="state=open")).status_code == 404


async def test_how_far_it_is_is_told_as_it_goes(supervisor: Desk, worker: Many) -> None:
    order = await asks(supervisor)
    await whole(worker, order)
    told = await supervisor.get(f"/desk/many/{order}/events")
    assert told.headers["content-type"].startswith("text/event-stream")
    assert '"done":5' in told.text.replace(" ", "")


async def test_many_that_are_let_go_take_turns_and_who_is_asked_again_keeps_theirs(
    supervisor: Desk, worker: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "PER_HOUR", 2)
    await whole(worker, await asks(supervisor))
    shown = await supervisor.get("/desk/many", where="hold=yes", act="release")
    assert "2 an hour at most" in shown.text
    order = await asks(supervisor, "release", "hold=yes")
    for _ in range(2):  # a worker that died before it told is asked again
        await ActivityEnvironment().run(worker.prepare_many, ManyAsked(order=order))
    assert (await whole(worker, order)).done == 5
    turns = await supervisor.door.rows(
        "select t.at from release_turn t join dunning_case c on c.id = t.case_id where c.creditor_id = :creditor order by t.at",
        creditor=supervisor.door.creditor,
    )
    assert len(turns) == 5
    assert len({row.at for row in turns}) > 1
    assert (turns[-1].at - turns[0].at).total_seconds() >= 3600
    assert await held(supervisor) == []


STOPPED = "select coalesce(stop_reason, '') as stop, name from debtor where creditor_id = :creditor order by name"


async def stopped(desk: Desk) -> dict[str, str]:
    """Why each debtor is stopped, by name."""
    return {row.name: row.stop for row in await desk.door.rows(STOPPED, creditor=desk.door.creditor)}


async def said(desk: Desk, order: int) -> list[str]:
    """What an order said of debtors, as often as it did."""
    query = "select id from received_command where id like :door order by id"
    return [row.id for row in await desk.door.rows(query, door=f"many#{order}#debtor#%")]


async def test_two_invoices_of_a_debtor_are_one_stop_and_what_weighs_more_stays(supervisor: Desk, worker: Many) -> None:
    debtor = {"name": "Kari 1001", "email": "k1001@example.no", "customer_number": "K-1001"}
    for number in ("2001", "2002"):
        await supervisor.door.send_invoice(number, debtor=debtor, reference=None)
    dead = (
        "update debtor set stop_reason = 'deceased' where creditor_id = :creditor and name = 'Kari 1002' returning id"
    )
    await supervisor.door.rows(dead, creditor=supervisor.door.creditor)
    shown = await supervisor.get("/desk/many", where="state=open", act="stop")
    assert "7 cases of 6 customers; each is told of once" in shown.text
    assert "the debtor is stopped already: deceased" in shown.text
    order = await asks(supervisor, "stop")
    stands = await whole(worker, order)
    assert (stands.done, stands.refused, stands.of) == (6, 1, 7)
    assert len(await said(supervisor, order)) == 5
    told = """select i.number from case_event e join dunning_case c on c.id = e.case_id join invoice i on i.id = c.invoice_id
        where c.creditor_id = :creditor and e.kind = 'debtor_changed' and e.by = :by order by 1"""
    numbers = [row.number for row in await supervisor.door.rows(
        told, creditor=supervisor.door.creditor, by=supervisor.user.name)]  # fmt: skip
    assert numbers == ["1001", "1003", "1004", "1005", "2001", "2002"]
    page = (await supervisor.get(f"/desk/many/{order}")).text
    assert page.count("the debtor is stopped already: deceased") == 1

    back = await whole(worker, await asks(supervisor, "go-on"))
    assert (back.done, back.refused) == (6, 1)
    assert {why for name, why in (await stopped(supervisor)).items() if name != "Kari 1002"} == {""}
    assert (await stopped(supervisor))["Kari 1002"] == "deceased"


async def test_a_pause_of_many_takes_no_longer_one_away_and_needs_its_day(supervisor: Desk, worker: Many) -> None:
    def day(ahead: int) -> str:
        return str(TODAY + timedelta(days=ahead))

    longer = await does(supervisor, "pause", "1003", paused_until=day(60))
    assert longer.status_code == 303
    assert "Fill this in." in (await supervisor.get("/desk/many", where="state=open", act="pause")).text
    stands = await whole(worker, await asks(supervisor, "pause", until=day(20)))
    assert (stands.done, stands.refused) == (4, 1)
    until = "select until from life_event e join debtor d on d.id = e.debtor_id where d.creditor_id = :c order by until"
    days = [str(row.until) for row in await supervisor.door.rows(until, c=supervisor.door.creditor)]
    assert days == [day(20)] * 4 + [day(60)]


async def test_a_debtor_who_changes_between_the_look_and_their_turn_is_taken_as_they_are(
    supervisor: Desk, worker: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "PAGE", 2)
    order = await asks(supervisor, "stop")
    await page_of(worker, order)
    assert (await does(supervisor, "stop", "1004", stop_reason="insolvent")).status_code == 303
    await supervisor.door.pay(payment="p-5", reference=None, invoice="1005")
    stands = await whole(worker, order)
    assert (stands.done, stands.refused) == (4, 1)
    assert (await stopped(supervisor))["Kari 1004"] == "insolvent"


async def test_two_orders_over_the_same_cases_at_once_are_both_done_whole(
    supervisor: Desk, worker: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "PAGE", 2)
    orders = [await asks(supervisor, act) for act in ("hold", "stop", "hold")]
    first, stop, second = await asyncio.gather(*(whole(worker, order) for order in orders))
    assert (first.done, stop.done, second.done) == (5, 5, 5)
    assert await held(supervisor) == [
        "1001",
        "1002",
        "1003",
        "1004",
        "1005",
    ]  # a later hold takes the earlier one's place
    assert set((await stopped(supervisor)).values()) == {"other"}


async def test_one_order_with_two_workers_at_it_is_done_once(
    supervisor: Desk, worker: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selected, "PAGE", 2)
    order = await asks(supervisor, "stop")
    await asyncio.gather(*(whole(worker, order) for _ in range(3)))
    stands = await page_of(worker, order)
    assert (stands.done, stands.refused) == (5, 0)
    assert len(await said(supervisor, order)) == 5
