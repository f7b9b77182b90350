"""What a refresh found is kept and told once; what persons say of segments stays, and who objects is in nothing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from commands.prediction import segments as command
from domain.learned.behaviour import Behaviour, Pattern
from domain.learned.segments import STARTS, Segment, Traits
from facts.prediction import segments
from facts.prediction.segments import FoundDebtor
from facts.refusals import Conflict, Refused, Unknown
from planning.service import Planning
from tests.store import LAWS, NOW, Store
from tests.world import debtor

LATER = NOW + timedelta(days=1)
HABIT, FORGETS = Segment("habit", STARTS["habit"], 1), Segment("forgets", STARTS["forgets"], 1, "sms")
PAYDAY = Behaviour(Pattern.PAYDAY, 6, 7, number=25)
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}
ENDPOINT = """
insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
values (gen_random_uuid(), :creditor, 'https://hook.example/', '["debtor.*"]', 1, timestamptz '2026-07-01 10:00Z')
"""
IN = "select d.customer_number, s.segment from debtor_segment s join debtor d on d.id = s.debtor_id order by 1"
TOLD = (
    "select payload -> 'data' as data from webhook_message where type = 'debtor.behaviour_changed' order by recorded_at"
)


@pytest.fixture
async def kari(store: Store) -> int:
    """A debtor of acme's, whose system listens."""
    await store.invoice()
    for creditor in ("acme", "beta"):
        await store.do(ENDPOINT, creditor=creditor)
    found: int = await store.one("select id from debtor")
    return found


async def refresh(
    store: Store,
    *who: tuple[int, str],
    found: Sequence[Segment] = (HABIT, FORGETS),
    patterns: Sequence[Behaviour] = (PAYDAY,),
    at: Any = NOW,
) -> int:
    """A refresh finds these segments, and who is in which; gives how many were told of."""
    page = [FoundDebtor(each, key, STARTS.get(key), patterns) for each, key in who]
    async with store.database.transaction() as connection:
        await command.take_segments(connection, "acme", found, at)
        told = await command.take_debtors(connection, "acme", page, "v1", at)
        await segments.forget_others(connection, "acme", at)
    return told


async def merge(store: Store, key: str, into: str) -> command.Effect:
    async with store.database.transaction() as connection:
        return await command.merge(connection, "acme", key, into, "anne", "clearer", NOW)


async def switch(store: Store, key: str, *, off: bool) -> command.Effect:
    async with store.database.transaction() as connection:
        return await command.switch(connection, "acme", key, "anne", "clearer", NOW, off=off)


async def rename(store: Store, key: str, called: str) -> str:
    async with store.database.transaction() as connection:
        return (await command.rename(connection, "acme", key, called, "anne", "clearer", NOW)).name


async def test_the_first_that_is_found_is_no_change_and_the_same_again_neither(store: Store, kari: int) -> None:
    assert await refresh(store, (kari, "habit")) == 0
    assert await refresh(store, (kari, "habit"), at=LATER) == 0
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "habit")]
    assert await store.rows(TOLD) == []


async def test_who_changes_segment_is_told_once_with_both_and_what_it_may_be_used_for(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    assert await refresh(store, (kari, "forgets"), at=LATER) == 1
    assert await refresh(store, (kari, "forgets"), at=LATER + timedelta(days=1)) == 0
    ((told,),) = await store.rows(TOLD)
    assert told["use"].startswith("for your own")
    assert told | {"use": ""} == {
        "customer_number": "K-1",
        "segment": "forgets",
        "segment_before": "habit",
        "behaviour": ["payday:25"],
        "behaviour_before": ["payday:25"],
        "version": "v1",
        "use": "",
    }


async def test_another_payday_is_told_and_one_a_day_off_or_seen_more_often_is_not(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    near = [PAYDAY._replace(number=26, times=8, of=8)]
    assert await refresh(store, (kari, "habit"), patterns=near, at=LATER) == 0
    assert await refresh(store, (kari, "habit"), patterns=[PAYDAY._replace(number=12)], at=LATER) == 1


async def test_whoever_objects_between_the_look_and_the_keeping_is_in_nothing(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    await store.known("no profiling")
    assert await refresh(store, (kari, "forgets"), at=LATER) == 0
    assert await store.rows(IN) == []
    assert await store.rows("select 1 from debtor_behaviour") == []


async def test_what_was_on_its_way_is_taken_back_when_the_debtor_objects(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    await refresh(store, (kari, "forgets"), at=LATER)
    async with store.database.transaction() as connection:
        said = DebtorChange.model_validate({"by": "anne", "reason_code": "called", "objects_to_profiling": True})
        await change_debtor(connection, Planning(LAWS), "acme", "K-1", None, said, LATER)
    assert await store.rows(TOLD) == []
    assert await store.rows(IN) == []
    assert await store.rows("select 1 from debtor_behaviour") == []


async def test_a_stopped_debtor_and_another_creditors_are_in_no_segment(store: Store, kari: int) -> None:
    await store.invoice("2001", creditor="beta", debtor=debtor(**OLA))
    others = await store.one("select id from debtor where creditor_id = 'beta'")
    await store.do("update debtor set stop_reason = 'insolvent' where id = :kari", kari=kari)
    await refresh(store, (kari, "habit"), (others, "habit"))
    assert await store.rows(IN) == []


async def test_who_is_not_found_any_more_is_in_no_segment(store: Store, kari: int) -> None:
    await store.invoice("1002", debtor=debtor(**OLA))
    ola = await store.one("select id from debtor where customer_number = 'K-10'")
    await refresh(store, (kari, "habit"), (ola, "habit"))
    await refresh(store, (kari, "habit"), at=LATER)
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "habit")]


async def test_a_name_that_a_person_gave_stays_and_twice_is_once(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    assert await rename(store, "habit", " Slow but sure ") == "Slow but sure"
    assert await rename(store, "habit", "Slow but sure") == "Slow but sure"
    await refresh(store, (kari, "habit"), at=LATER)
    assert await store.one("select name from found_segment where key = 'habit'") == "Slow but sure"
    assert await store.one("select count(*) from desk_audit where what = 'segment_renamed'") == 1


async def test_a_name_that_was_is_one_of_its_own_until_it_is_called_so_again(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    for called in ("Slow", "Slower", "SLOW"):
        await rename(store, "habit", called)
    async with store.database.transaction() as connection:
        kept = await segments.read(connection, "acme", "habit")
    assert kept.names == ("SLOW", "Slower", "pays late by habit, able")
    with pytest.raises(Conflict):
        await rename(store, "forgets", "slower")


async def test_what_a_refresh_calls_another_one_is_no_old_name_any_more(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    await rename(store, "habit", "Slow")
    await store.do("update found_segment set name = 'Pays late by habit, able' where key = 'forgets'")
    async with store.database.transaction() as connection:
        assert (await segments.read(connection, "acme", "habit")).names == ("Slow",)


@pytest.mark.parametrize("called", ["", "x" * 61, "a\nb"])
async def test_what_is_no_name_is_refused(store: Store, kari: int, called: str) -> None:
    await refresh(store, (kari, "habit"))
    with pytest.raises(Refused):
        await rename(store, "habit", called)


async def test_two_segments_have_two_names_and_there_is_none_that_was_not_found(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    with pytest.raises(Conflict):
        await rename(store, "forgets", "Pays late by habit, able")
    with pytest.raises(Unknown):
        await rename(store, "gone", "Gone")


async def test_merged_segments_are_one_at_once_and_after_a_refresh_until_parted(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    assert await merge(store, "habit", "forgets") == command.Effect(1, 1, "forgets")
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "forgets")]
    assert await refresh(store, (kari, "habit"), at=LATER) == 0
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "forgets")]
    await merge(store, "habit", "habit")
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "habit")]


async def test_a_segment_is_merged_into_one_that_stands_for_itself(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    await merge(store, "habit", "forgets")
    for key, into in (("forgets", "habit"), ("habit", "forgets"), ("new", "habit"), ("new", "new")):
        with pytest.raises(Conflict):
            await merge(store, key, into)
    await merge(store, "forgets", "new")
    assert await store.one("select merged_into from found_segment where key = 'habit'") == "new"
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "new")]


async def test_whoever_is_in_a_segment_that_is_switched_off_is_in_none(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    assert await switch(store, "habit", off=True) == command.Effect(1, 1, None)
    assert await store.rows(IN) == []
    with pytest.raises(Conflict):
        await switch(store, "habit", off=True)
    await refresh(store, (kari, "habit"), at=LATER)
    assert await store.rows(IN) == []
    await switch(store, "habit", off=False)
    assert await refresh(store, (kari, "habit"), at=LATER) == 0
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "habit")]


async def test_the_next_refresh_begins_where_the_last_one_that_found_any_ended(store: Store, kari: int) -> None:
    moved = Segment("habit", Traits(0.9, 0.6, 0.8, 0.2), 1)
    await refresh(store, (kari, "habit"))
    await refresh(store, (kari, "habit"), found=(moved,), at=LATER)
    await refresh(store, (kari, ""), found=(), at=LATER + timedelta(days=1))
    async with store.database.transaction() as connection:
        (last,) = await segments.found_last(connection, "acme")
        assert last.middle == moved.middle
        assert await segments.was_in(connection, "acme") == {}


async def test_of_two_who_share_a_number_nothing_is_told(store: Store, kari: int) -> None:
    await refresh(store, (kari, "habit"))
    await store.do(
        """insert into debtor (creditor_id, key, customer_number, name, name_key, known_as, kind, country, language, address,
          protected_address, happened_at)
        select creditor_id, 'of-per', customer_number, 'Per', 'per', '["per"]', kind, country, language, address,
          protected_address, happened_at from debtor"""
    )
    assert await refresh(store, (kari, "forgets"), at=LATER) == 0
    assert [tuple(row) for row in await store.rows(IN)] == [("K-1", "forgets")]
