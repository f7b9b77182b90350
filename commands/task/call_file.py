"""Outcomes of calls as they come in a file: each line for itself, recorded once however often the file comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import orjson
from pydantic import ValidationError

from commands.command import in_words
from commands.task import call
from commands.task.call import CallOutcome
from facts import clock, received
from facts.database import Database
from facts.operations.calls import Desk
from facts.refusals import Refused
from planning.service import Planning

Became = Literal["recorded", "known", "refused"]


@dataclass(frozen=True, slots=True)
class LineRecorded:
    """What became of a line."""

    became: Became
    why: str | None = None


async def record_line(database: Database, planning: Planning, desk: Desk, fields: Mapping[str, str]) -> LineRecorded:
    """Record one line of a desk's file, in a transaction of its own."""
    told = {name: value for name, value in fields.items() if name not in ("call", "by")}
    try:
        given = CallOutcome.model_validate(
            told | {"task": fields["call"], "by": desk.name(fields["by"]), "agency": desk.agency}
        )
    except ValidationError as wrong:
        return LineRecorded("refused", in_words(wrong))
    if given.at is None or given.at.tzinfo is None:
        return LineRecorded("refused", "at: needs its zone, such as 2026-12-24T11:00+01:00")
    digest = sha256(orjson.dumps([desk.creditor, desk.agency, dict(sorted(fields.items()))])).hexdigest()
    id = f"call-file#{digest}"
    try:
        async with database.transaction() as connection:
            if await received.is_known(connection, id):
                return LineRecorded("known")
            now = await clock.now(connection, desk.creditor)
            await call.outcome(connection, planning, desk, given, id, now)
    except Refused as why:
        return LineRecorded("refused", str(why))
    return LineRecorded("recorded")
