"""A hold pauses a case, until a moment ahead or until it is released."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import text

from commands.command import CaseState, Command, Recording
from facts.operations.tasks import close_tasks, open_task
from facts.refusals import CommandRefused
from workflows.contracts import CANCELLED_BY, why_past

CANCELLED = "cancelled in the web UI: release or withdraw"

HOLD = text("""
insert into hold (case_id, by, reason_code, note, until, happened_at)
values (:case, :by, :reason_code, :note, :until, :now)
""")
RELEASE = text("update hold set released_at = :now, released_by = :by where case_id = :case and released_at is null")


def _thinkable(moment: datetime) -> datetime:
    """One moment for everybody, and one that has a local day: at the end of all time there is none."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone: write 2026-12-24T11:00:00Z, or +01:00 for Z")
    if not 2000 <= moment.year < 2100:
        raise ValueError(f"{moment.isoformat()} is outside 2000 to 2099")
    return moment


class Hold(Command[None]):
    """Pause one case."""

    name = "hold"
    until: Annotated[
        Annotated[datetime, AfterValidator(_thinkable)] | None, Field(description="hold: a moment ahead.")
    ] = None

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a moment that is past."""
        why = self.until and why_past(self.until, now)
        return CommandRefused(why) if why else None

    async def apply(self, to: Recording) -> None:
        """Of two holds the longest counts. Of a case that was cancelled in the web UI a person decides."""
        await to.do(HOLD)
        if self.by == CANCELLED_BY:
            await open_task(to.connection, [to.state.id], "", "cancelled", CANCELLED, to.at.at)


class Release(Command[None]):
    """Let one case go on."""

    name = "release"

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case that is not held."""
        return None if state.held else CommandRefused("the case is not on hold")

    async def apply(self, to: Recording) -> None:
        """Every hold ends, and with it what a person was asked of a cancelled case."""
        await to.do(RELEASE)
        await close_tasks(to.connection, to.state.id, "cancelled", self.by, "released", to.at.at)
