"""Waiting to be woken: not longer than asked for, and never beyond a stop."""

import asyncio
import time

import pytest

from relays.wake_ups import woken_within


async def test_who_is_not_woken_goes_on_after_the_time() -> None:
    began = time.monotonic()
    await woken_within(asyncio.Event(), 0.05)
    assert 0.04 < time.monotonic() - began < 5


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_in_the_moment_of_the_wake_up_is_not_lost(turns: int) -> None:
    woken = asyncio.Event()
    waiting = asyncio.create_task(woken_within(woken, 60))
    await asyncio.sleep(0)  # it waits
    woken.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    stopped = waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled() == stopped
