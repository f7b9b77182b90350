"""Segments at the desk: seen by whoever may change many, what follows is shown first, and a name that was given stays."""

import re

import pytest

from commands.prediction.segments import take_debtors, take_segments
from domain.desk.roles import Role
from domain.learned import behaviour, late_reasons
from domain.learned.behaviour import Behaviour, Pattern
from domain.learned.late_reasons import Evidence, LateReason, Likely, Seen, sentence_of
from domain.learned.segments import A_MESSAGE, STARTS, Segment, Traits, in_words, name_of, names_of
from facts.prediction.segments import FoundDebtor
from tests.begin import BEGIN
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door
from web.desk.sentences import translated

NUDGE = """  - id: nudge
    at: due date + 3 days
    message: reminder
    reach: [sms]
    when: {segment: "pays late by habit, able"}
"""
HABIT = "/desk/segments/{creditor}/habit"


async def nudge_by_segment(door: Door) -> None:
    """The creditor's case goes by a policy whose nudge names a segment."""
    await door.rows(
        """with old as (
          select p.* from dunning_case c join policy_text p on p.hash = c.policy_hash where c.creditor_id = :c),
        named as (insert into policy_text (hash, name, text, happened_at)
          select 'named ' || :c, name, replace(text, '  - id: due-date-reminder', :nudge || '  - id: due-date-reminder'),
            happened_at from old returning hash)
        update dunning_case c set policy_hash = n.hash from named n where c.creditor_id = :c returning 1""",
        c=door.creditor,
        nudge=NUDGE,
    )


@pytest.fixture
async def supervisor(staff: Staff) -> Desk:
    """Whoever may change many; a debtor of theirs is found in a segment."""
    desk = await staff.sign_in(Role.SUPERVISOR)
    door = desk.door
    await door.send_invoice()
    ((debtor,),) = await door.rows("select id from debtor where creditor_id = :c", c=door.creditor)
    found = FoundDebtor(debtor, "habit", STARTS["habit"], [Behaviour(Pattern.PAYDAY, 6, 7, number=25)])
    async with door.database.transaction() as connection:
        both = [Segment(key, STARTS[key], 1) for key in ("habit", "forgets")]
        await take_segments(connection, door.creditor, both, BEGIN)
        await take_debtors(connection, door.creditor, [found], "v1", BEGIN)
    return desk


async def at(desk: Desk) -> list[tuple[str, ...]]:
    """In which segment the debtor is."""
    query = "select s.segment from debtor_segment s where s.creditor_id = :c"
    return [tuple(row) for row in await desk.door.rows(query, c=desk.door.creditor)]


async def test_what_a_merge_comes_to_is_shown_before_it_is_done(supervisor: Desk) -> None:
    address = HABIT.format(creditor=supervisor.door.creditor)
    assert "pays late by habit, able" in (await supervisor.get("/desk/segments")).text
    shown = await supervisor.send(address, do="merge", into="forgets")
    assert "is in forgets, pays after a message from now on. Debtors now: 1, open cases: 1." in shown.text
    assert await at(supervisor) == [("habit",)]
    seen = re.search(r'name="seen" value="([^"]+)"', shown.text)
    assert seen is not None
    other = await supervisor.send(address, do="merge", into="forgets", seen="merge forgets 9 9")
    assert (other.status_code, await at(supervisor)) == (200, [("habit",)])
    done = await supervisor.send(address, do="merge", into="forgets", seen=seen[1])
    assert (done.status_code, await at(supervisor)) == (303, [("forgets",)])
    parted = await supervisor.send(address, do="part", seen="part habit 0 0")
    assert (parted.status_code, await at(supervisor)) == (303, [("habit",)])


async def test_a_segment_is_renamed_and_switched_off_and_on(supervisor: Desk) -> None:
    address = HABIT.format(creditor=supervisor.door.creditor)
    assert (await supervisor.send(address, do="rename", name="Slow <but> sure")).status_code == 303
    assert "Slow &lt;but&gt; sure" in (await supervisor.get(address)).text
    refused = await supervisor.send(address, do="rename", name="forgets, pays after a message")
    assert refused.status_code == 409
    assert "another segment is called" in refused.text
    shown = await supervisor.send(address, do="off")
    assert "is in no segment from now on. Debtors now: 1, open cases: 1." in shown.text
    assert (await supervisor.send(address, do="off", seen="off  1 1")).status_code == 303
    assert await at(supervisor) == []
    assert (await supervisor.send(address, do="on", seen="on habit 0 0")).status_code == 303
    assert (await supervisor.send(address, do="off", into="forgets")).status_code == 200


async def test_steps_that_name_a_segment_are_told_before_it_is_merged_and_go_on_when_it_is_called_otherwise(
    supervisor: Desk,
) -> None:
    door = supervisor.door
    address = HABIT.format(creditor=door.creditor)
    await nudge_by_segment(door)
    assert (await supervisor.send(address, do="rename", name="Slow")).status_code == 303
    page = (await supervisor.get(address)).text
    assert "Policies may still call it: pays late by habit, able" in page
    assert "nudge of no-gentle" in page
    shown = await supervisor.send(address, do="merge", into="forgets")
    assert "These steps name it, and find nobody in it after this: nudge of no-gentle" in shown.text


async def test_whom_it_is_nothing_to_finds_nothing(supervisor: Desk, staff: Staff) -> None:
    address = HABIT.format(creditor=supervisor.door.creditor)
    agent = await staff.sign_in(Role.AGENT)
    for page in ("/desk/segments", address):
        assert (await agent.get(page)).status_code == 404
    assert (await supervisor.get(HABIT.format(creditor="nobody"))).status_code == 404
    assert (await supervisor.get(address.replace("habit", "gone"))).status_code == 404


async def test_a_debtors_page_says_how_they_pay(supervisor: Desk) -> None:
    ((debtor,),) = await supervisor.door.rows(
        "select id from debtor where creditor_id = :c", c=supervisor.door.creditor
    )
    page = (await supervisor.get(f"/desk/debtor/{debtor}")).text
    assert "pays around day 25 of the month (6 of 7)" in page
    assert "pays late by habit, able" in page
    assert "seems able to pay 90%" in page


def test_all_that_is_found_has_words_in_bokmal() -> None:
    said = [name_of(start, channel) for start in STARTS.values() for channel in (None, *A_MESSAGE)]
    for start in STARTS.values():  # and of each one that is like it but for one thing
        for apart in (
            Traits(*(share + (0.01 if place == each else 0) for place, share in enumerate(start))) for each in range(4)
        ):
            alike = [Segment("one", start, 1), Segment("other", apart, 1)]
            said += [*names_of(alike).values(), *names_of(alike[::-1]).values()]
    said += [in_words(start) for start in STARTS.values()]
    patterns = [Behaviour(each, 5, 7, number=12, word="sms") for each in Pattern]
    patterns += [Behaviour(Pattern.AFTER_CHANNEL, 5, 7, word=each) for each in ("email", "direct_message")]
    said += behaviour.in_words([*patterns, Behaviour(Pattern.PAYDAY, 5, 7, number=31)])
    seen = [Evidence(each, times, of=5, late_by=9) for each in Seen for times in (1, 3)]
    said += map(sentence_of, seen)
    for reason in LateReason:
        said.append(late_reasons.in_words({reason: Likely(0.7, seen[:1])}))
    said.append(late_reasons.in_words({LateReason.HABIT: Likely(0.7)}))
    assert {each for each in said if translated(each, "nb") is None} == set()
