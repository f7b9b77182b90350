"""The daily and hourly jobs on real cases: hand-off files, letters pulled, lost cases started again, the breaker."""

import json
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import ScheduleUpdate, ScheduleUpdateInput, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.service import RPCError

from activities.jobs.breaker import Breaker
from activities.jobs.hand_offs import HandOffs
from activities.schedules import NOTES, SPECS, WHOM_TO_ASK, ensure_schedules
from commands.collection.answers import take_answer
from connectors.ids import CreditorIds, Kind
from domain.planner.partner_answers import rejected_because
from facts.operations import stops
from facts.parties import id_keys
from tests.doings import promise
from tests.facts.builders import Facts
from tests.life import ON_PAPER, Life, begin
from tests.world import World, debtor, eventually
from workflows.contracts import TASK_QUEUE, Case, Hold, Order
from workflows.daily import Daily, Hourly
from workflows.dunning import Dunning

PERSON = Order(by="kari", reason_code="looked-at")


async def daily(world: World, case: Life) -> dict[str, int]:
    """The daily jobs, at the case's own moment; waits until the case is quiet."""
    await world.turn(await case.now())
    done: dict[str, int] = await world.client.execute_workflow(Daily.run, id=f"daily-{uuid4()}", task_queue=TASK_QUEUE)
    await case.quiet()
    return done


async def hourly(world: World) -> dict[str, int]:
    """The hourly jobs."""
    done: dict[str, int] = await world.client.execute_workflow(
        Hourly.run, id=f"hourly-{uuid4()}", task_queue=TASK_QUEUE
    )
    return done


async def export_hand_offs(world: World) -> None:
    await HandOffs(world.database, world.parts.planning, world.parts.hand_off_files).export_hand_offs()


def files_of(world: World, case: Life) -> list[dict[str, Any]]:
    """The hand-off files of the case's creditor, oldest first."""
    places = sorted(Path(world.settings.hand_off_folder).glob(f"*-{case.creditor}.json"))
    return [json.loads(place.read_text()) for place in places]


def printed(world: World, delivery: Any) -> list[Path]:
    """Where a letter lies in the printer's folder."""
    return list(Path(world.settings.print_folder).glob(f"*/{delivery.id}.pdf"))


def crash_after_commit_and_before_commit(folder: Path, creditor: str) -> Path:
    """Leave the folder as two crashes would: one file committed but not published, one not committed; gives that."""
    (committed,) = folder.glob(f"*-{creditor}.json")
    committed.rename(committed.with_name(f".{committed.name}.part"))
    other = folder / ".2020-01-01-nobody.json.part"
    other.write_text("{}")
    return other


async def states(world: World, case: Life) -> list[str]:
    rows = await world.rows("select state from hand_off where case_id = :case order by id", case=case.case_id)
    return [row.state for row in rows]


async def approved(world: World, **changes: Any) -> Life:
    """A case whose hand-off waits for the day's file; its debtor is reached by paper alone unless told otherwise."""
    case = await begin(world, **{"debtor": ON_PAPER} | changes)
    await case.climb_to_approval()
    await case.handle.execute_update(Dunning.approve_hand_off, PERSON)
    await case.quiet()
    assert await states(world, case) == ["queued"]
    return case


async def test_an_approved_hand_off_leaves_once_with_all_that_was_said(world: World) -> None:
    case = await approved(world, debtor=debtor())
    assert (await daily(world, case))["hand_offs_exported"] == 1
    (file,) = files_of(world, case)
    (told,) = file["hand_offs"]
    assert told["invoice"]["number"] == case.number
    assert told["owed"]["principal"] == "802.00"
    assert [f"{d['channel']} {d['step']}" for d in told["deliveries"]] == await case.told()
    assert all(d["pdf"] for d in told["deliveries"] if d["channel"] == "letter")
    assert told["notice"]["deadline"]
    assert await states(world, case) == ["exported"]
    assert (await daily(world, case))["hand_offs_exported"] == 0
    assert files_of(world, case) == [file]


async def test_a_rejected_hand_off_is_asked_for_again_and_may_leave_the_next_day(world: World) -> None:
    case = await approved(world)
    await daily(world, case)
    (told,) = files_of(world, case)[0]["hand_offs"]
    async with world.database.transaction() as connection:
        ids = CreditorIds(case.creditor, await id_keys.of_creditor(connection, case.creditor))
        number = ids.opened(Kind.HAND_OFF, told["hand_off"])
        said = rejected_because("name misspelt")
        assert (await take_answer(connection, case.creditor, number, said, await case.now())).changed
    await case.quiet()
    assert "waiting for a person to approve" in (await case.next()).why
    await case.pass_time(timedelta(days=1))
    await case.handle.execute_update(Dunning.approve_hand_off, PERSON)
    await case.quiet()
    await daily(world, case)
    assert len(files_of(world, case)) == 2
    assert await states(world, case) == ["rejected", "exported"]


async def test_a_dispute_before_the_file_leaves_backs_the_hand_off_out(world: World) -> None:
    case = await approved(world)
    await case.handle.execute_update(Dunning.dispute, PERSON)
    await case.quiet()
    assert (await daily(world, case))["hand_offs_exported"] == 0
    assert await states(world, case) == ["backed out"]
    assert files_of(world, case) == []
    assert "disputed" in (await case.next()).why


async def test_money_after_the_hand_off_is_told_to_the_partner_in_the_next_file(world: World) -> None:
    case = await approved(world)
    await daily(world, case)
    await case.pay()
    await case.outcome()
    await world.turn(await case.now() + timedelta(days=1))
    await export_hand_offs(world)
    (message,) = files_of(world, case)[1]["messages"]
    assert (message["kind"], message["amount"], message["invoice"]) == ("direct_payment", "802.00", case.number)


async def test_a_crash_between_commit_and_file_is_made_good_at_the_next_export(world: World) -> None:
    case = await approved(world)
    await daily(world, case)
    uncommitted = crash_after_commit_and_before_commit(world.settings.hand_off_folder, case.creditor)
    assert files_of(world, case) == []
    await export_hand_offs(world)
    assert len(files_of(world, case)) == 1
    assert not uncommitted.exists()


async def test_a_letter_of_a_case_on_hold_is_pulled_and_sent_anew_after_release(world: World) -> None:
    case = await begin(world, debtor=ON_PAPER)
    await case.until("reminder", "letter")
    (letter,) = [d for d in await case.deliveries() if d.channel == "letter" and d.step == "reminder"]
    assert printed(world, letter)
    await case.handle.execute_update(Dunning.hold, Hold(by="kari", reason_code="faulty-run"))
    await daily(world, case)  # unless it was pulled when the hold came

    async def pulled() -> bool:
        return not printed(world, letter)

    await eventually(pulled)
    await case.handle.execute_update(Dunning.release, PERSON)
    await case.quiet()
    await case.step()
    again = [d for d in await case.deliveries() if d.channel == "letter" and d.step == "reminder"]
    assert [d.state for d in again] == ["withdrawn", "accepted"]
    assert printed(world, again[1])


async def test_a_reminder_on_paper_is_pulled_when_its_debtor_promises_to_pay_and_the_invoice_is_not(
    world: World,
) -> None:
    case = await begin(world, debtor=ON_PAPER)
    await case.until("reminder", "letter")
    await promise(case, 7)
    await daily(world, case)
    letters = [d for d in await case.deliveries() if d.channel == "letter"]
    assert {d.step: d.state for d in letters} == {"invoice": "accepted", "reminder": "withdrawn"}
    assert "promised to pay by" in (await case.next()).why


async def test_a_posted_batch_is_closed_and_its_letters_stay(world: World) -> None:
    case = await begin(world, debtor=ON_PAPER)
    await case.until("reminder", "letter")
    await case.post_letters()
    await case.handle.execute_update(Dunning.hold, Hold(by="kari", reason_code="faulty-run"))
    await daily(world, case)
    letters = [d for d in await case.deliveries() if d.channel == "letter"]
    assert {d.state for d in letters} == {"accepted"}
    assert all((place.parent / "closed").exists() for d in letters for place in printed(world, d))


async def test_a_terminated_case_is_started_again_by_the_sweep(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    await case.handle.terminate("by mistake")
    await world.turn(await case.now() + timedelta(days=3))
    assert (await hourly(world))["cases_started"] >= 1

    async def runs() -> bool:
        return (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING

    await eventually(runs)
    swept = await world.rows(
        "select detail from case_event where kind = 'case_swept' and case_id = :case", case=case.case_id
    )
    assert [row.detail for row in swept] == [{"workflow": "terminated"}]
    assert await case.told() == ["email invoice"]


async def forgotten(world: World, case: Life) -> None:
    """Temporal has lost a case: it knows of no run of it."""
    await world.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=world.client.namespace, workflow_execution=WorkflowExecution(workflow_id=case.handle.id)
        )
    )

    async def is_gone() -> bool:
        try:
            await case.handle.describe()
        except RPCError:
            return True
        return False

    await eventually(is_gone)


async def test_every_case_that_temporal_lost_is_started_again_at_once_also_one_that_sleeps(world: World) -> None:
    cases = [await begin(world) for _ in range(5)]
    for case in cases:
        await case.quiet()
    lost, kept = cases[:4], cases[4]
    for case in lost:
        await forgotten(world, case)
    runs = (await kept.handle.describe()).run_id
    assert (await hourly(world))["cases_started"] >= 4
    for case in lost:
        await case.quiet()
        assert (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING
        assert (await case.state()).flag is None
    assert (await kept.handle.describe()).run_id == runs
    assert await world.rows("select 1 from case_event where kind = 'case_swept' and case_id = :c", c=kept.case_id) == []
    await lost[0].until("invoice", "email")


async def test_a_case_that_temporal_knows_as_it_was_before_looks_again(world: World) -> None:
    case = await begin(world)
    await case.quiet()
    looks, now = await case.looks(), await case.now()
    await world.turn(now)
    # The facts decided on an earlier moment than the run, which an older backup of Temporal brought back, waits for.
    await Facts(world.database, world.intake).change(
        "update dunning_case set next_at = :at where id = :case", at=now - timedelta(hours=2), case=case.case_id
    )
    await hourly(world)
    await case.quiet()
    assert await case.looks() > looks
    assert (await case.state()).flag is None


async def test_a_case_that_temporal_knows_and_the_facts_do_not_ends_itself(world: World) -> None:
    case = await begin(world)
    handle = await world.client.start_workflow(
        Dunning.run,
        Case(creditor=case.creditor, invoice="not-yet"),
        id=f"dunning/{case.creditor}/not-yet",
        task_queue=TASK_QUEUE,
    )
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    await hourly(world)
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED


async def test_the_breaker_stops_everything_when_far_more_went_out_than_was_foreseen(world: World) -> None:
    case = await begin(world)
    facts = Facts(world.database, world.intake)
    # At night, when no message of any other test's case is foreseen.
    now = world.laws["NO"].calendar.at(await case.today() + timedelta(days=30), time(3))
    await facts.change(
        """insert into decision (case_id, kind, at, why, looked_seq, happened_at)
        values (:case, 'deliver', :at, 'later', 1, :before)""",
        case=case.case_id,
        at=now + timedelta(days=9),
        before=now - timedelta(hours=2),
    )
    for number in range(50):
        await facts.delivery(case.case_id, step=f"step-{number}", channel="email", at=now)
    await world.turn(now + timedelta(minutes=1))
    assert not await Breaker(world.database).trip_breaker()
    await facts.delivery(case.case_id, step="one-too-many", channel="email", at=now)
    try:
        assert await Breaker(world.database).trip_breaker()
        async with world.database.transaction() as connection:
            (stop,) = [stop for stop in await stops.list_stops(connection) if stop.scope == "everything"]
        assert (stop.by, stop.reason_code) == ("breaker", "more-than-forecast")
    finally:
        async with world.database.transaction() as connection:
            await stops.lift_stop(connection, "everything", "", None, "kari", now)


async def test_the_schedules_are_made_once_and_a_paused_one_stays_paused(world: World) -> None:
    await ensure_schedules(world.client)
    for name in SPECS:
        made = (await world.client.get_schedule_handle(f"purr-{name}").describe()).schedule
        assert made.state.note == f"{NOTES[name]} {WHOM_TO_ASK}"
    paused = world.client.get_schedule_handle("purr-daily")
    running = world.client.get_schedule_handle("purr-hourly")
    try:
        await paused.pause(note="moving house")

        def other_spec(known: ScheduleUpdateInput) -> ScheduleUpdate:
            schedule = known.description.schedule
            schedule.spec.calendars = []
            schedule.spec.cron_expressions = ["0 3 * * *"]
            return ScheduleUpdate(schedule)

        await paused.update(other_spec)
        await ensure_schedules(world.client)
        daily = (await paused.describe()).schedule
        assert daily.state.paused
        assert daily.state.note == "moving house"
        assert [(c.hour[0].start, c.minute[0].start) for c in daily.spec.calendars] == [(11, 0)]
        assert daily.spec.time_zone_name == "Europe/Oslo"
        await running.trigger()

        async def ran() -> bool:
            return bool((await running.describe()).info.recent_actions)

        await eventually(ran)
    finally:
        await paused.delete()
        await running.delete()
