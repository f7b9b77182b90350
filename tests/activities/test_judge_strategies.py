"""Policies are judged once a week and kept: of creditors of whom something was left to chance, and of nobody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from activities.judge_strategies import DUE_AFTER, JudgeStrategies
from domain.countries.law import Law
from domain.learned.choices import Choice
from domain.policy.policy import Policy
from facts.database import Database
from facts.prediction import strategies
from facts.prediction.aims import Aims
from facts.prediction.strategies import KeptStrategies
from planning.service import Planning
from prediction.effects import judging
from tests.store import LAWS, Store
from tests.store import POLICIES as THERE
from tests.trials import owed_by, trying

HOUR = timedelta(hours=1)


class Room:
    """Judges nothing, and remembers what it was asked."""

    def __init__(self, says: str | None = None, unreadable: str | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self._says, self._unreadable = says, unreadable

    async def read_past(self, database: Database, creditor: str, now: datetime, tried: Sequence[Choice]) -> str:
        if creditor == self._unreadable:
            raise ValueError("this past was packed by another version of Purr")
        return creditor

    def found(self, past: str, policy: Policy, text: str, laws: Mapping[str, Law], aims: Aims) -> dict[str, Any] | str:
        self.asked.append((past, policy.name))
        return self._says or {"policy": policy.name, "changes": []}


@pytest.fixture
async def tried(store: Store) -> Store:
    """A store in which a debtor is in an arm of an experiment."""
    await trying(store)
    await owed_by(store, "A", "usual")
    return store


def acts(store: Store, room: Any) -> JudgeStrategies:
    return JudgeStrategies(store.database, Planning(LAWS, policies=lambda _today: THERE), LAWS, room)


async def kept(store: Store, creditor: str = "acme") -> list[KeptStrategies]:
    async with store.database.transaction() as connection:
        return await strategies.last(connection, [creditor])


async def passed(store: Store, days: timedelta) -> None:
    await store.do("alter table strategies_look disable trigger append_only")
    await store.do("update strategies_look set happened_at = happened_at - cast(:days as interval)", days=days)
    await store.do("alter table strategies_look enable trigger append_only")


async def test_each_policy_is_judged_once_a_week_and_what_was_found_last_is_shown(tried: Store) -> None:
    room = Room()
    assert await acts(tried, room).judge_strategies() == len(room.asked) > 0
    assert len(set(room.asked)) == len(room.asked)  # a policy for consumers and businesses is judged once
    (first, *_) = await kept(tried)
    assert first.found == {"policy": first.policy, "changes": []}
    assert await acts(tried, room).judge_strategies() == 0
    await passed(tried, DUE_AFTER - HOUR)
    assert await acts(tried, room).judge_strategies() == 0
    await passed(tried, 2 * HOUR)
    assert await acts(tried, room).judge_strategies() > 0
    (again, *_) = await kept(tried)
    assert again.at > first.at - DUE_AFTER
    assert await acts(tried, room).judge(at_once=True) > 0


async def test_nobody_is_judged_of_whom_nothing_was_left_to_chance_or_who_is_in_test_mode(store: Store) -> None:
    await store.invoice()
    room = Room()
    assert await acts(store, room).judge_strategies() == 0
    assert await kept(store) == []
    await trying(store)
    await owed_by(store, "A", "usual")
    await store.do("insert into creditor_clock (creditor_id, ahead) values ('acme', interval '0')")
    assert await acts(store, room).judge_strategies() == 0
    assert room.asked == []


async def test_a_log_that_cannot_be_is_not_kept_and_what_was_found_before_stays(tried: Store) -> None:
    await acts(tried, Room()).judge_strategies()
    before = await kept(tried)
    assert await acts(tried, Room("chances do not fit")).judge(at_once=True) == 0
    assert await kept(tried) == before
    assert await kept(tried, "stranger") == []


async def test_what_little_was_left_to_chance_is_kept_and_says_so(tried: Store) -> None:
    judged = await acts(tried, judging).judge_strategies()
    found = [each.found for each in await kept(tried)]
    assert len(found) == judged > 0
    for each in found:
        assert each["creditor"] == "acme"
        assert set(each["best"].values()) == {None}
        assert any("nothing can be said" in said or "left out" in said for said in each["said"])


async def test_a_past_that_cannot_be_read_keeps_nobody_else_waiting(tried: Store) -> None:
    await owed_by(tried, "B", "usual", creditor="beta")
    room = Room(unreadable="acme")
    assert await acts(tried, room).judge_strategies() == len(room.asked) > 0
    assert {creditor for creditor, _ in room.asked} == {"beta"}
    assert await kept(tried) == []
