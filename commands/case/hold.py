"""A hold pauses a case, until a moment ahead or until it is released."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field
from sqlalchemy import text

from commands.command import CaseState, Command, Recording, StandsAlready
from domain.moment import Moment
from facts.operations.tasks import close_tasks, open_task
from facts.refusals import CommandRefused
from workflows.contracts import CANCELLED_BY, Code, Until, why_past

CANCELLED = "cancelled in the web UI: release or withdraw"

HOLD = text("""
insert into hold (case_id, by, reason_code, note, until, happened_at)
select * from (values (cast(:case as int), cast(:by as text), cast(:reason_code as text), cast(:note as text),
  cast(:until as timestamptz), cast(:now as timestamptz))) new(case_id, by, reason_code, note, until, happened_at)
where not exists (select from hold h where h.case_id = new.case_id and h.released_at is null and h.by = new.by
  and h.reason_code = new.reason_code and h.note is not distinct from new.note and h.until is not distinct from new.until)
returning id
""")
RELEASE = text("""
update hold set released_at = :now, released_by = :by, release_id = :release
where case_id = :case and released_at is null and (cast(:held_for as text) is null or reason_code = :held_for)
returning by
""")


def _thinkable(moment: datetime | date) -> datetime | date:
    """One moment for everybody, and one that has a local day: at the end of all time there is none."""
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone: write 2026-12-24T11:00:00Z, or +01:00 for Z")
    if not 2000 <= moment.year < 2100:
        raise ValueError(f"{moment.isoformat()} is outside 2000 to 2099")
    return moment


class Hold(Command[None]):
    """Pause one case."""

    name = "hold"
    until: Annotated[
        Annotated[Until, AfterValidator(_thinkable)] | None,
        Field(description="hold: a moment ahead, or a day, which counts to its end where the debtor is."),
    ] = None

    def there(self, at: Moment) -> Self:
        """A day counts to its end."""
        if self.until is None or isinstance(self.until, datetime):
            return self
        return self.model_copy(update={"until": at.end_of(self.until)})

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a moment that is past."""
        why = why_past(self.until, now) if isinstance(self.until, datetime) else None
        return CommandRefused(why) if why else None

    async def apply(self, to: Recording) -> None:
        """Of two holds the longest counts, and the very same is one: many that were interrupted are held by asking again.

        Of a case that was cancelled in the web UI a person decides.
        """
        placed = (await to.do(HOLD)).scalar()
        if self.by == CANCELLED_BY:
            await open_task(to.connection, [to.state.id], "", "cancelled", CANCELLED, to.at.at)
        elif placed is None:
            raise StandsAlready


class Release(Command[None]):
    """Let one case go on."""

    name = "release"
    held_for: Annotated[
        Code | None, Field(description="release: only the holds that were given for this reason; else all.")
    ] = None

    @property
    def release(self) -> int | None:
        """The release of many that it belongs to, in which its case may have a turn; None where it goes on at once."""
        return None

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses a case that is not held."""
        return None if state.held else CommandRefused("the case is not on hold")

    async def apply(self, to: Recording) -> None:
        """The holds end, and with them what a person was asked of a cancelled case."""
        ended = (await to.do(RELEASE, release=self.release)).scalars().all()
        if not ended:
            raise CommandRefused(f"the case has no hold for the reason {self.held_for}")
        if CANCELLED_BY in ended:
            await close_tasks(to.connection, to.state.id, "cancelled", self.by, "released", to.at.at)
