"""What a person decides, also for many cases and where nobody is there to take it."""

import asyncio
from datetime import datetime, timedelta

from tests.begin import TODAY
from tests.life import begin
from tests.terminal.office import Office, Typed
from tests.world import World


def test_a_command_is_recorded_in_the_facts_when_nobody_is_there_to_take_it(office: Office) -> None:
    office.invoices("o1")
    who = f"{office.creditor}/o1"
    for words in ((), ("--facts",)):  # which means the same
        held = office.typed("hold", who, *words, "--json")
        assert held.code == 0
        assert held.json["next"]["on_hold"]
        assert held.json["next"]["label"].startswith("Wait for news: ")
        assert "the Temporal server at 127.0.0.1:1 does not answer" in held.err
        assert "the case follows then" in held.err
    noted = office.typed("dispute", who, "--note", "says the meter is wrong", "--json")
    assert noted.code == 0
    assert office.rows(
        f"select d.note from dispute d join dunning_case c on c.id = d.case_id where c.creditor_id = '{office.creditor}'"
    ) == [("says the meter is wrong",)]


def test_a_hold_says_in_words_until_when_the_case_waits(office: Office) -> None:
    office.invoices("z1")
    day = TODAY + timedelta(days=9)
    held = office.typed("hold", f"{office.creditor}/z1", "--until", day, "--facts", "--json").json
    assert held["next"]["label"].startswith("Wait until ")


def test_a_step_that_is_not_ahead_is_refused_in_the_facts_too(office: Office) -> None:
    office.invoices("p1")
    said = office.typed("skip", f"{office.creditor}/p1", "no-such-step", "--facts")
    assert said.code == 1
    assert "there are invoice, due-date-reminder, reminder" in said.err


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
    await case.quiet()
    assert (await case.next()).on_hold is False


async def test_a_hold_until_a_day_ends_by_itself(world: World, in_world: Typed) -> None:
    case = await begin(world)
    day = await case.today() + timedelta(days=5)
    said = await asyncio.to_thread(in_world, "hold", f"{case.creditor}/{case.number}", "--until", str(day), "--json")
    assert said.code == 0, said
    calendar = world.laws["NO"].calendar
    ends = calendar.here(datetime.fromisoformat(said.json["next"]["at"])).local
    assert (ends.date() - timedelta(days=1), ends.hour) == (day, 0)  # the whole of that day counts
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
    assert "has no step no-such-step" in refused.json["error"]
    assert refused.err.strip() == refused.json["error"]
    again = await asyncio.to_thread(in_world, "skip", who, "reminder")
    assert (again.code, "'reminder' is no step ahead in this case; ahead are: " in again.err) == (1, True)


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
