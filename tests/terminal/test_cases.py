"""Commands to running cases: they go in as updates, and the answer is what the case does next."""

import asyncio
import time
from datetime import datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.life import begin
from tests.terminal.conftest import Said, Typed
from tests.world import World, fresh_database
from tests.world import world as a_world


async def test_a_hold_is_answered_with_what_follows_and_kept_with_its_reason(world: World, in_world: Typed) -> None:
    case = await begin(world)
    who = f"{case.creditor}/{case.number}"
    said = await asyncio.to_thread(in_world, "hold", who, "--by", "kim", "--reason", "new-address", "--json")
    assert said.code == 0, said
    assert said.json["next"]["on_hold"]
    assert "new-address" in said.json["next"]["why"]
    rows = await world.rows("select by, reason_code from hold where case_id = :case", case=case.case_id)
    assert [tuple(row) for row in rows] == [("kim", "new-address")]
    released = await asyncio.to_thread(in_world, "release", who)
    assert released.code == 0
    assert released.out.startswith(f"{who}: ")
    assert (await case.next()).on_hold is False


async def test_a_hold_until_a_day_ends_by_itself(world: World, in_world: Typed) -> None:
    case = await begin(world)
    day = await case.today() + timedelta(days=5)
    said = await asyncio.to_thread(in_world, "hold", f"{case.creditor}/{case.number}", "--until", str(day), "--json")
    assert said.code == 0, said
    assert world.laws["NO"].calendar.local_date(datetime.fromisoformat(said.json["next"]["at"])) == day
    past = await asyncio.to_thread(in_world, "hold", f"{case.creditor}/{case.number}", "--until", "2020-01-01")
    assert past.code == 1
    assert "is past" in past.err


async def test_a_step_ahead_is_skipped_and_one_that_is_not_is_refused(world: World, in_world: Typed) -> None:
    case = await begin(world)
    who = f"{case.creditor}/{case.number}"
    said = await asyncio.to_thread(in_world, "skip", who, "reminder", "--json")
    assert said.code == 0, said
    assert "reminder" not in said.json["next"]["open_steps"]
    refused = await asyncio.to_thread(in_world, "skip", who, "no-such-step", "--json")
    assert refused.code == 1
    assert "'no-such-step' is no step ahead in this case" in refused.json["error"]
    assert refused.err.strip() == refused.json["error"]


async def test_a_release_of_a_case_that_is_not_held_is_refused(world: World, in_world: Typed) -> None:
    case = await begin(world)
    said = await asyncio.to_thread(in_world, "release", f"{case.creditor}/{case.number}")
    assert said.code == 1
    assert said.err.strip() == "the case is not on hold"


async def test_a_dispute_stops_the_case_until_it_is_resolved(world: World, in_world: Typed) -> None:
    case = await begin(world)
    who = f"{case.creditor}/{case.number}"
    disputed = await asyncio.to_thread(in_world, "dispute", who, "--json")
    assert "disputed" in disputed.json["next"]["why"]
    upheld = await asyncio.to_thread(in_world, "dispute", who, "--resolve", "upheld", "--json")
    assert upheld.code == 0, upheld
    assert await case.outcome() == "withdrawn"
    closed = await asyncio.to_thread(in_world, "hold", who)
    assert closed.code == 1
    assert "the case is closed" in closed.err


async def test_a_hand_off_is_rejected_and_approved(world: World, in_world: Typed) -> None:
    case = await begin(world)
    await case.climb_to_approval()
    who = f"{case.creditor}/{case.number}"
    rejected = await asyncio.to_thread(in_world, "approve", who, "--reject", "--json")
    assert rejected.code == 0, rejected
    approved = await asyncio.to_thread(in_world, "approve", who, "--by", "kim")
    assert approved.code == 0, approved
    rows = await world.rows("select approved, by from approval where case_id = :c order by id", c=case.case_id)
    assert [row.approved for row in rows] == [False, True]
    assert rows[-1].by == "kim"


async def test_a_withdrawn_case_ends(world: World, in_world: Typed) -> None:
    case = await begin(world)
    said = await asyncio.to_thread(in_world, "withdraw", f"{case.creditor}/{case.number}", "--json")
    assert said.code == 0, said
    assert said.json["next"]["outcome"] == "withdrawn"
    assert await case.outcome() == "withdrawn"


async def test_a_running_case_is_told_to_go_on(world: World, in_world: Typed) -> None:
    case = await begin(world)
    before = await case.looks()
    said = await asyncio.to_thread(in_world, "start", case.creditor, case.number)
    assert said.code == 0, said
    await case.quiet()
    assert await case.looks() > before


async def test_all_that_should_run_and_do_not_are_started_at_once(world: World, in_world: Typed) -> None:
    case = await begin(world)
    await case.quiet()
    await case.handle.terminate("lost")
    said = await asyncio.to_thread(in_world, "start", "--all", "--json")
    assert said.code == 0, said
    assert said.json["started"] >= 1
    await case.quiet()
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    again = await asyncio.to_thread(in_world, "start", "--all", case.creditor)
    assert again.code == 2


async def test_without_a_worker_the_answer_says_so_in_time(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database(postgres_url, "terminal_without_worker")
    async with a_world(url, tmp_path_factory.mktemp("without-worker")) as world:
        monkeypatch.setenv("PURR_DATABASE_URL", url)
        monkeypatch.setenv("PURR_TEMPORAL_ADDRESS", world.client.service_client.config.target_host)
        case = await begin(world)
        await world.stop_worker()
        began = time.monotonic()
        said: Said = await asyncio.to_thread(typed, "hold", f"{case.creditor}/{case.number}", "--json")
        assert time.monotonic() - began < 6
        assert said.code == 1
        assert said.json["error"].startswith("no worker answers: start one with")
        assert "--facts" in said.json["error"]
        recorded = await asyncio.to_thread(typed, "hold", f"{case.creditor}/{case.number}", "--facts", "--json")
        assert recorded.json["next"]["on_hold"]
        await world.start_worker()
        await case.quiet()
        assert (await case.next()).on_hold
