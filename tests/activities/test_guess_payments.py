"""The nightly guesses: learned when it is time, retired when they no longer hold, and of every open case, once, none else."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from activities.guess_payments import GuessPayments, Scorer
from commands.prediction.choice import retire, use_version
from facts.database import Database
from facts.prediction import versions
from facts.prediction.versions import Trained, Version
from prediction.history.past import Past
from prediction.payments import refresh
from prediction.payments.report import document
from prediction.payments.scoring import open_now
from tests.logs import logged_here
from tests.prediction.payments.book import a_book, tried
from tests.store import NOW, Store

SCORED = "select case_id, version_id, scored_at, chance_7, chance_14, chance_30, expected_on, why from payment_score order by 1"


class BookRoom:
    """The room of learning over a made-up book, some of whose open invoices are the store's cases. What is learned is always
    what a test says; all else is the product's own."""

    def __init__(self, cases: Sequence[int] = (), base: float = 0.0, thin: str = "") -> None:
        past = a_book()
        ids = past.invoices.id + 1_000_000
        rows = open_now(past)[: len(cases)]
        ids[rows] = cases
        self.past = replace(past, invoices=replace(past.invoices, id=ids))
        self.base = base
        self.thin = thin
        self.asked = 0

    async def read_past(self, database: Database, now: datetime) -> Past:
        return self.past

    def is_due(self, last: Version | None, now: datetime) -> bool:
        return refresh.is_due(last, now)

    def learned(self, past: Past, used: bytes | None) -> Trained | str:
        self.asked += 1
        if self.thin:
            return self.thin
        model = replace(tried().model, base=tried().model.base + self.base)
        return Trained(
            "payment", f"{self.base}", refresh.code_hash(), {"verdict": document(tried())["verdict"]}, model.to_bytes()
        )

    def why_lost(self, past: Past, weights: bytes, born: datetime) -> str:
        return refresh.why_lost(past, weights, datetime(2025, 12, 1, tzinfo=UTC))

    def is_readable(self, weights: bytes) -> bool:
        return refresh.is_readable(weights)

    def scorer(self, past: Past, weights: bytes) -> Scorer:
        return refresh.scorer(past, weights)


async def some_cases(store: Store) -> list[int]:
    return [await store.invoice("1001"), await store.invoice("1002", reference=None)]


async def used(store: Store) -> versions.InUse:
    async with store.database.transaction() as connection:
        return await versions.in_use(connection, "payment")


async def test_what_is_learned_is_used_and_every_open_case_has_a_score_of_it(store: Store) -> None:
    cases = await some_cases(store)
    act = GuessPayments(store.database, BookRoom(cases))
    said = await act.learn()
    assert said.startswith("learned; ")
    assert "in use: version" in said
    assert await act.score() == 2
    found = await store.rows(SCORED)
    assert [row.case_id for row in found] == cases
    assert {row.version_id for row in found} == {(await used(store)).number}
    assert all(0 < row.chance_7 <= row.chance_14 <= row.chance_30 < 1 for row in found)


async def test_it_learns_once_a_week_and_at_once_when_asked(store: Store) -> None:
    room = BookRoom()
    act = GuessPayments(store.database, room)
    await act.learn()
    assert (await act.learn()).startswith("not due; in use: version")
    assert room.asked == 1
    await act.learn(at_once=True)
    assert room.asked == 2
    assert await store.one("select count(*) from model_version") == 1, "the same data and code are the same version"


async def test_two_who_learn_at_once_keep_one_version(store: Store) -> None:
    acts = [GuessPayments(store.database, BookRoom()) for _ in range(2)]
    await asyncio.gather(*(act.learn() for act in acts))
    assert await store.one("select count(*) from model_version") == 1
    assert await store.one("select count(*) from model_choice") == 1


async def test_a_thin_past_is_said_and_nothing_is_scored(store: Store) -> None:
    act = GuessPayments(store.database, BookRoom(await some_cases(store), thin="12 customers are too few"))
    assert await act.learn() == "nothing is learned: 12 customers are too few"
    assert await act.score() == 0
    assert await store.rows(SCORED) == []


async def test_purrs_own_facts_of_a_few_days_are_too_thin(store: Store) -> None:
    await some_cases(store)
    act = GuessPayments(store.database, refresh)
    assert (await act.learn()).startswith("nothing is learned: ")
    assert await act.score() == 0


async def test_a_wrong_model_is_retired_in_words_and_its_scores_are_gone(store: Store) -> None:
    act = GuessPayments(store.database, BookRoom(await some_cases(store), base=2.0))
    await act.learn()
    assert await act.score() == 2
    with logged_here() as logs:
        said = await act.learn()
    assert "retired; nothing learned; lost its calibration: chances within" in said
    assert (await used(store)).retired
    told = [each["event"] for each in logs if each["event"].startswith("model_")]
    assert told == ["model_retired"]
    assert await act.score() == 0
    assert await store.rows(SCORED) == []
    assert (await act.learn()).startswith("not due; in use: retired"), "what is learned later is not used either"


async def test_a_person_who_retires_it_is_obeyed_at_the_next_scoring(store: Store) -> None:
    act = GuessPayments(store.database, BookRoom(await some_cases(store)))
    await act.learn()
    await act.score()
    async with store.database.transaction() as connection:
        await retire(connection, "payment", "anne", "doubted", NOW)
    assert await act.score() == 0
    assert await store.rows(SCORED) == []


async def test_a_case_that_was_closed_loses_its_score_and_one_that_closes_meanwhile_gets_none(store: Store) -> None:
    first, second = await some_cases(store)
    act = GuessPayments(store.database, BookRoom([first, second]))
    await act.learn()
    await act.score()
    await store.do("update dunning_case set state = 'closed' where id = :case", case=first)
    assert await act.score() == 1, "the past has it open, the facts know better"
    assert [row.case_id for row in await store.rows(SCORED)] == [second]


async def test_a_scoring_that_was_interrupted_goes_on_where_it_was(store: Store) -> None:
    first, second = await some_cases(store)
    act = GuessPayments(store.database, BookRoom([first, second]))
    await act.learn()
    await act.score()
    begun = (await store.rows(SCORED))[0].scored_at
    number = (await used(store)).number
    assert await act.score(begun.isoformat(), number, first) == 1
    found = await store.rows(SCORED)
    assert {row.scored_at for row in found} == {begun}
    assert await act.score(begun.isoformat(), number + 1, first) == 2, "begun by another version: it begins anew"


async def test_an_older_scoring_does_not_write_over_a_newer(store: Store) -> None:
    first, _ = await some_cases(store)
    act = GuessPayments(store.database, BookRoom([first]))
    await act.learn()
    await act.score()
    newer = (await store.rows(SCORED))[0].scored_at
    assert await act.score((newer - timedelta(hours=1)).isoformat(), (await used(store)).number, 0) == 0
    assert [row.scored_at for row in await store.rows(SCORED)] == [newer]


async def test_what_other_code_learned_and_this_cannot_read_is_not_used_until_it_is_learned_anew(store: Store) -> None:
    cases = await some_cases(store)
    act = GuessPayments(store.database, BookRoom(cases))
    other = Trained("payment", "data", "other code", {}, np.random.default_rng(0).bytes(100))
    async with store.database.transaction() as connection:
        number = await versions.store(connection, other, NOW)
        assert number is not None
        await use_version(connection, "payment", number, "anne", "tried", NOW)
    assert await act.score() == 0
    assert (await act.learn()).startswith("learned; ")
    assert await act.score() == 2
