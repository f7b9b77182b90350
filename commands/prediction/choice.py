"""Which version of what was learned is in use: one that passed its gate, the one before, or none."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from facts.desk import audit
from facts.prediction import versions
from facts.prediction.versions import NOT_LEARNED, InUse, ModelName, Trained
from facts.refusals import Conflict, Unknown

LEARNED = "learned"
"""The reason of what is used because it was just learned and is good enough."""


async def use_version(
    connection: AsyncConnection, name: ModelName, number: int, by: str, reason_code: str, now: datetime
) -> InUse:
    """Use a version of a name from now on; 0 is what is used without having learned, where there is such.

    Raises Unknown where there is none, Conflict where it did not pass its gate or is in use already.
    """
    await versions.lock(connection, name)
    if number == NOT_LEARNED and name != "words":
        raise Unknown(f"{name} has nothing that is built in: `starter.py models retire {name}` uses none")
    version = None if number == NOT_LEARNED else await versions.read(connection, name, number)
    if version is not None and not version.passed:
        raise Conflict(f"version {number} of {name} did not pass its gate and is not used: {version.why}")
    used = await versions.in_use(connection, name)
    if used.number == number and not used.retired:
        raise Conflict(f"version {number} of {name} is in use already")
    await versions.choose(connection, name, number, by, reason_code, now)
    await audit.did(connection, by, "model_used", now, why=reason_code, detail={"model": name, "version": number})
    return await versions.in_use(connection, name)


async def go_back(connection: AsyncConnection, name: ModelName, by: str, reason_code: str, now: datetime) -> InUse:
    """Use again what was in use before; once more, what was before that. Raises Conflict where nothing was."""
    await versions.lock(connection, name)
    used = await versions.in_use(connection, name)
    if used.last is None or (used.before is None and name != "words"):
        raise Conflict(f"{name} has nothing to go back to: {used.words}")
    number, retired = (used.before.number, used.before.retired) if used.before else (NOT_LEARNED, False)
    await versions.choose(connection, name, number, by, reason_code, now, retired=retired, undoes=used.last.id)
    detail = {"model": name, "version": number}
    await audit.did(connection, by, "model_taken_back", now, why=reason_code, detail=detail)
    return await versions.in_use(connection, name)


async def retire(connection: AsyncConnection, name: ModelName, by: str, reason_code: str, now: datetime) -> InUse:
    """Use nothing that was learned here, nor what is learned later. Raises Conflict where that is so already."""
    await versions.lock(connection, name)
    used = await versions.in_use(connection, name)
    if used.retired:
        raise Conflict(f"{name} is {used.words} already")
    await versions.choose(connection, name, NOT_LEARNED, by, reason_code, now, retired=True)
    await audit.did(connection, by, "model_retired", now, why=reason_code, detail={"model": name})
    return await versions.in_use(connection, name)


async def take_trained(connection: AsyncConnection, trained: Trained, used: InUse, now: datetime) -> InUse:
    """Keep what was just learned, and use it where it passed and nothing else was chosen since `used` was; gives what is in use.

    The same again, also by a second worker at the same time, changes nothing: whoever went back from it, or chose another
    while it learned, is not overruled.
    """
    await versions.lock(connection, trained.name)
    number = await versions.store(connection, trained, now)
    known = await versions.in_use(connection, trained.name)
    if number is None or trained.why or known.retired or known != used:
        return known
    await versions.choose(connection, trained.name, number, "purr", LEARNED, now)
    return await versions.in_use(connection, trained.name)
