"""Signs of life: while an act does what takes long, Temporal hears that it goes on, and how far it is."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import activity

A_SIGN = timedelta(seconds=10)  # between two of them

Result = TypeVar("Result")


async def with_signs_of_life(work: Coroutine[Any, Any, Result], progress: Callable[[], Sequence[Any]]) -> Result:
    """What the work comes to; until then `progress` is told every ten seconds, where Temporal has asked for the act.

    Work that nobody waits for any more is cancelled.
    """
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait({task}, timeout=A_SIGN.total_seconds()))[0]:
            if activity.in_activity():
                activity.heartbeat(*progress())
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
