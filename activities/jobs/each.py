"""A job done for many: what fails for one stops it for no other, and is told at the end."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog
from temporalio.exceptions import ApplicationError

log = structlog.get_logger()

Item = TypeVar("Item")


async def for_each(
    items: Iterable[Item], do: Callable[[Item], Awaitable[int]], name: Callable[[Item], str], what: str
) -> int:
    """Do a part of a job for each item; gives the sum of what was done. `what` says in the log what failed.

    Raises ApplicationError at the end when anything failed: the job is tried again, and what was done is not done twice.
    """
    done, failed = 0, []
    for item in items:
        try:
            done += await do(item)
        except Exception as error:
            log.error(what, of=name(item), exc_info=error)
            failed.append(name(item))
    if failed:
        raise ApplicationError(f"{what} of {', '.join(failed)}; {done} were done")
    return done
