"""One command to many cases: each is recorded, or refused, for itself."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.command import Command
from commands.record import record
from facts import clock
from facts.refusals import CommandRefused
from planning.service import Planning


async def record_each(
    connection: AsyncConnection,
    planning: Planning,
    cases: Sequence[int],
    command: Callable[[int], Command[Any]],
    door: str,
) -> dict[int, str]:
    """Record the command of each case, part of the caller's transaction; gives why those are refused that are."""
    now, refused = await clock.now(connection), dict[int, str]()
    for case in cases:
        try:
            async with connection.begin_nested():
                await record(connection, planning, case, command(case), f"{door}#{uuid4()}", now)
        except CommandRefused as why:
            refused[case] = str(why)
    return refused
