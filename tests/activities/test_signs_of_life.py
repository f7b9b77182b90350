"""Whoever waits for long work hears that it goes on, gets what it comes to, and leaves nothing behind."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.signs_of_life import A_SIGN, with_signs_of_life
from workflows.learning import HEARTBEAT


class Hurried(asyncio.SelectorEventLoop):
    """A loop in which ten seconds are over in ten milliseconds, as long as somebody is busy."""

    def time(self) -> float:
        return super().time() * 1000


def test_signs_are_given_while_it_works_and_tell_how_far_it_is() -> None:
    heard: list[Any] = []

    async def until_twice_heard() -> str:
        while len(heard) < 2:  # noqa: ASYNC110  it is busy: that is what makes the loop's time pass
            await asyncio.sleep(0)
        return "done"

    def far() -> Sequence[Any]:
        return "page", len(heard)

    async def act() -> str:
        return await with_signs_of_life(until_twice_heard(), far)

    async def asked() -> str:
        here = ActivityEnvironment()
        here.on_heartbeat = lambda *told: heard.append(told)
        return await here.run(act)

    with asyncio.Runner(loop_factory=Hurried) as runner:
        assert runner.run(asked()) == "done"
    assert heard == [("page", 0), ("page", 1)]
    assert A_SIGN * 6 < HEARTBEAT


async def test_what_fails_fails_whoever_waits_and_outside_of_an_act_nobody_is_told() -> None:
    async def breaks() -> None:
        raise ValueError("the database went away")

    with pytest.raises(ValueError, match="went away"):
        await with_signs_of_life(breaks(), tuple)


async def test_work_that_nobody_waits_for_any_more_is_cancelled() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def works_for_ever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(with_signs_of_life(works_for_ever(), tuple))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
