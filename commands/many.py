"""One command to many cases: each is recorded, or refused, for itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Hold, Release
from commands.case.waive_fees import WaiveFees
from commands.case.withdraw import Withdraw
from commands.command import Command
from commands.record import record
from facts import clock
from facts.refusals import CommandRefused
from planning.service import Planning

log = structlog.get_logger()

OFFERED: Final[Mapping[str, type[Command[Any]]]] = {each.name: each for each in (Hold, Release, Withdraw, WaiveFees)}
"""What may be done to many at once by an order."""


async def record_each(
    connection: AsyncConnection,
    planning: Planning,
    cases: Sequence[int],
    command: Callable[[int], Command[Any]],
    door: str,
    *,
    once: bool = False,
    beat: Callable[[], None] | None = None,
) -> dict[int, str]:
    """Record the command of each case, part of the caller's transaction; gives why those are refused that are.

    With `once` the door does the same to a case no second time, and a case that nobody could plan keeps no other waiting.
    `beat` is called before each.
    """
    now, refused = await clock.now(connection), dict[int, str]()
    for case in cases:
        if beat is not None:
            beat()
        try:
            async with connection.begin_nested():
                await record(connection, planning, case, command(case), f"{door}#{case if once else uuid4()}", now)
        except CommandRefused as why:
            refused[case] = str(why)
        except Exception as error:
            if not once or isinstance(error, (DBAPIError, OSError)):
                raise
            log.error("one_of_many_failed", case_id=case, exc_info=error)
            refused[case] = f"it could not be done: {type(error).__name__}"
    return refused
