"""What was learned is used where it passed its gate and nobody retired it; one command goes back to what was before."""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from commands.prediction import choice
from facts.prediction import versions
from facts.prediction.versions import InUse, ModelName, Trained
from facts.refusals import Conflict, Unknown
from tests.store import NOW, Store


class Models:
    """What is learned and chosen, each in a transaction of its own."""

    def __init__(self, store: Store, name: ModelName = "words") -> None:
        self.store, self.name = store, name

    async def learned(self, data: str, why: str = "") -> InUse:
        """A version is learned from some data; `why` it does not pass."""
        new = Trained(self.name, data, "code", {"stops_found": 0.99}, data.encode(), why)
        async with self.store.database.transaction() as connection:
            used = await versions.in_use(connection, self.name)
            return await choice.take_trained(connection, new, used, NOW)

    async def use(self, number: int) -> InUse:
        async with self.store.database.transaction() as connection:
            return await choice.use_version(connection, self.name, number, "kim", "better", NOW)

    async def back(self) -> InUse:
        async with self.store.database.transaction() as connection:
            return await choice.go_back(connection, self.name, "kim", "worse", NOW)

    async def retire(self) -> InUse:
        async with self.store.database.transaction() as connection:
            return await choice.retire(connection, self.name, "kim", "wrong", NOW)

    async def used(self) -> tuple[int, bool]:
        async with self.store.database.transaction() as connection:
            found = await versions.in_use(connection, self.name)
        return found.number, found.retired

    async def audited(self) -> Sequence[Any]:
        return await self.store.rows("select by, what, why, detail from desk_audit order by id")


async def test_before_anything_is_learned_what_is_built_in_is_used(store: Store) -> None:
    assert await Models(store).used() == (0, False)
    with pytest.raises(Conflict, match="nothing to go back to: what is built in"):
        await Models(store).back()


async def test_what_passes_is_used_at_once_and_what_does_not_is_kept_with_its_reason(store: Store) -> None:
    models = Models(store)
    assert (await models.learned("first")).words == "version 1; learned, by purr"
    assert (await models.learned("second", why="finds fewer stops")).number == 1
    with pytest.raises(Conflict, match="did not pass its gate and is not used: finds fewer stops"):
        await models.use(2)
    async with store.database.transaction() as connection:
        kept = await versions.list_(connection, "words")
        assert [(each.number, each.passed, each.why) for each in kept] == [
            (1, True, ""),
            (2, False, "finds fewer stops"),
        ]
        assert await versions.weights_of(connection, "words", 2) == b"second"


async def test_going_back_uses_what_was_before_and_again_what_was_before_that(store: Store) -> None:
    models = Models(store)
    await models.learned("first")
    await models.learned("second")
    assert [(await models.back()).number, (await models.back()).number] == [1, 0]
    with pytest.raises(Conflict, match="nothing to go back to: what is built in; worse, by kim"):
        await models.back()
    assert (await models.use(2)).number == 2
    assert (await models.back()).number == 0


async def test_the_same_data_learned_again_overrules_nobody_who_went_back(store: Store) -> None:
    models = Models(store)
    await models.learned("first")
    await models.learned("second")
    await models.back()
    assert (await models.learned("second")).number == 1
    assert await store.one("select count(*) from model_version") == 2


async def test_of_a_retired_name_nothing_is_used_until_a_person_says_so(store: Store) -> None:
    models = Models(store)
    await models.learned("first")
    assert (await models.retire()).words == "retired; what is built in; wrong, by kim"
    with pytest.raises(Conflict, match="retired; what is built in; wrong, by kim already"):
        await models.retire()
    assert (await models.learned("second")).retired
    assert await models.used() == (0, True)
    assert (await models.back()).number == 1
    await models.retire()
    assert (await models.use(0)).words == "what is built in; better, by kim"
    assert (await models.learned("third")).number == 3


async def test_one_name_knows_nothing_of_the_versions_of_another(store: Store) -> None:
    words, payment = Models(store), Models(store, "payment")
    await words.learned("first")
    with pytest.raises(Unknown, match=r"payment has no version 1: `starter\.py models list`"):
        await payment.use(1)
    with pytest.raises(Unknown, match="nothing that is built in"):
        await payment.use(0)
    await payment.learned("first")
    with pytest.raises(Conflict, match="nothing to go back to: version 2; learned, by purr"):
        await payment.back()
    assert await payment.used() == (2, False)
    assert (await payment.retire()).words == "retired; nothing learned; wrong, by kim"
    assert await words.used() == (1, False)


async def test_what_is_in_use_is_not_chosen_again(store: Store) -> None:
    models = Models(store)
    await models.learned("first")
    with pytest.raises(Conflict, match="version 1 of words is in use already"):
        await models.use(1)
    with pytest.raises(Unknown, match="words has no version 7"):
        await models.use(7)


async def test_two_who_learned_the_same_at_once_keep_it_once(store: Store) -> None:
    models = Models(store)
    found = await asyncio.gather(*(models.learned("first") for _ in range(5)))
    assert {each.number for each in found} == {1}
    assert await store.one("select count(*) from model_choice") == 1


async def test_two_who_go_back_at_once_go_back_twice_and_never_to_the_same(store: Store) -> None:
    models = Models(store)
    for data in ("first", "second", "third"):
        await models.learned(data)
    found = await asyncio.gather(models.back(), models.back())
    assert {each.number for each in found} == {1, 2}
    assert await models.used() == (1, False)


async def test_a_persons_choice_is_audited_and_what_is_kept_never_changes(store: Store) -> None:
    models = Models(store)
    await models.learned("first")
    await models.back()
    await models.use(1)
    await models.retire()
    assert [(row.by, row.what, row.why) for row in await models.audited()] == [
        ("kim", "model_taken_back", "worse"),
        ("kim", "model_used", "better"),
        ("kim", "model_retired", "wrong"),
    ]
    for statement in ("update model_version set passed = true", "delete from model_choice"):
        with pytest.raises(DBAPIError) as refused:
            await store.do(statement)
        assert isinstance(refused.value.orig, psycopg.errors.RaiseException)
