"""An experiment at the desk: what stopping it or an arm of it comes to is shown first, and done once as it was seen."""

import re

import pytest

from domain.desk.roles import Role
from tests.begin import BEGIN
from tests.trials import FOUR, POLICY_OF_FOUR
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door

EXPERIMENT = "/desk/experiments/{creditor}/nudged"


async def in_an_arm(door: Door, arm: str = "late") -> str:
    """The creditor's debtors are in an arm of an experiment; gives its id."""
    hash = FOUR.text_hash
    await door.rows(
        "insert into policy_text (hash, name, text, happened_at) values (:hash, 'no-tried', :text, :at) "
        "on conflict (hash) do update set name = excluded.name returning hash",
        hash=hash,
        text=POLICY_OF_FOUR,
        at=BEGIN,
    )
    await door.rows(
        "insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at) "
        "select creditor_id, 'nudged', :hash, id, :arm, 0.2, :at from debtor where creditor_id = :c returning id",
        c=door.creditor,
        hash=hash,
        arm=arm,
        at=BEGIN,
    )
    return "nudged"


@pytest.fixture
async def supervisor(staff: Staff) -> Desk:
    """Whoever may change many; their creditor's debtor is in an arm."""
    desk = await staff.sign_in(Role.SUPERVISOR)
    await desk.door.send_invoice()
    await in_an_arm(desk.door)
    return desk


async def stopped(desk: Desk) -> list[tuple[object, ...]]:
    """What was stopped, by what all go on, and by whom."""
    query = "select stopped_arm, arm, by from experiment_stop where creditor_id = :c order by id"
    return [tuple(row) for row in await desk.door.rows(query, c=desk.door.creditor)]


def seen_in(page: str) -> str:
    """What a page showed of what follows."""
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


async def test_what_stopping_an_arm_comes_to_is_shown_before_it_is_done(supervisor: Desk) -> None:
    address = EXPERIMENT.format(creditor=supervisor.door.creditor)
    page = (await supervisor.get(address)).text
    assert page.count("Stop this arm<") == 2  # neither the base nor the one as it is written
    shown = await supervisor.send(address, arm="late")
    assert "Whoever is in late gets the step as it is written from now on." in shown.text
    assert "Debtors: 1, open cases: 1" in shown.text
    assert await stopped(supervisor) == []
    other = await supervisor.send(address, arm="late", seen="late  9 9")  # others were in it when that was seen
    assert (other.status_code, await stopped(supervisor)) == (200, [])
    done = await supervisor.send(address, arm="late", seen=seen_in(shown.text))
    assert (done.status_code, await stopped(supervisor)) == (303, [("late", None, supervisor.user.name)])
    assert f"Stopped by {supervisor.user.name}." in (await supervisor.get(address)).text
    again = await supervisor.send(address, arm="late", seen=seen_in(shown.text))
    assert (again.status_code, "late of nudged was stopped on" in again.text) == (409, True)


async def test_all_of_it_is_stopped_and_one_arm_goes_on_for_everybody(supervisor: Desk) -> None:
    address = EXPERIMENT.format(creditor=supervisor.door.creditor)
    shown = await supervisor.send(address, goes_on="kind")
    assert "All get kind from now on." in shown.text
    written = await supervisor.send(address, seen=seen_in(shown.text))  # seen was something else
    assert (written.status_code, await stopped(supervisor)) == (200, [])
    assert "All get the step as it is written from now on." in written.text
    assert (await supervisor.send(address, goes_on="kind", seen=seen_in(shown.text))).status_code == 303
    assert await stopped(supervisor) == [(None, "kind", supervisor.user.name)]
    page = (await supervisor.get(address)).text
    assert ("All get kind from now on." in page, "Stop the experiment" in page) == (True, False)


async def test_what_cannot_be_stopped_alone_is_said_in_the_language_of_whoever_asks(staff: Staff) -> None:
    kari = await staff.sign_in(Role.SUPERVISOR, language="nb")
    await kari.door.send_invoice()
    await in_an_arm(kari.door)
    address = EXPERIMENT.format(creditor=kari.door.creditor)
    for arm, said in (
        ("nothing", "nothing kan ikke stoppes alene: de andre måles mot nothing; stopp forsøket"),
        ("usual", "usual kan ikke stoppes alene: usual er steget slik det er skrevet"),
        ("<b>", "nudged har ingen gruppe &#39;&lt;b&gt;&#39;: det har usual, kind, late, nothing"),
    ):
        refused = await kari.send(address, arm=arm)
        assert (refused.status_code, said in refused.text) == (409, True), refused.text
    assert (await kari.send(address, arm="late", seen="late  1 1")).status_code == 303
    refused = await kari.send(address, arm="kind")
    assert (refused.status_code, await stopped(kari)) == (200, [("late", None, kari.user.name)])
    refused = await kari.send(address, arm="late")
    assert re.search(r"late of nudged ble stoppet .+ av .+: desk", refused.text), refused.text


async def test_a_debtors_page_says_in_which_arm_they_are_until_they_object(supervisor: Desk) -> None:
    door = supervisor.door
    ((debtor,),) = await door.rows("select id from debtor where creditor_id = :c", c=door.creditor)
    said = "By lot in the arm late of the experiment nudged"
    page = (await supervisor.get(f"/desk/debtor/{debtor}")).text
    assert (said in page, f"{said} (stopped)" in page) == (True, False)
    await supervisor.send(EXPERIMENT.format(creditor=door.creditor), arm="late", seen="late  1 1")
    assert f"{said} (stopped)" in (await supervisor.get(f"/desk/debtor/{debtor}")).text
    await door.rows("update debtor set protected_address = true where id = :id returning id", id=debtor)
    assert said not in (await supervisor.get(f"/desk/debtor/{debtor}")).text


async def test_whom_it_is_nothing_to_finds_nothing(supervisor: Desk, staff: Staff) -> None:
    address = EXPERIMENT.format(creditor=supervisor.door.creditor)
    for role in (Role.AGENT, Role.AUDITOR):
        assert (await (await staff.sign_in(role)).get(address)).status_code == 404
    await staff.door.register(f"{staff.door.creditor}-other")
    other = await staff.sign_in(Role.SUPERVISOR, creditors=(f"{staff.door.creditor}-other",))
    assert (await other.get(address)).status_code == 404
    assert (await other.send(address, arm="late", seen="late  1 1")).status_code == 404
    for gone in (address.replace("nudged", "gone"), EXPERIMENT.format(creditor="nobody")):
        assert (await supervisor.get(gone)).status_code == 404
    assert await stopped(supervisor) == []
