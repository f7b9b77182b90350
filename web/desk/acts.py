"""What can be done to a case at the desk: each act with its key, its role, what its form asks, and the command that does it.

No rule stands here: what is refused is refused by the command, in its own words.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Hold, Release
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.command import Command
from commands.record import record, why_refused
from domain.desk.roles import Act
from facts.desk.users import User
from planning.service import Planning
from web.desk.at_case import AtCase
from web.desk.fields import Choice, Field

REASONS: Final = ("asked", "agreed", "checked", "hardship", "our-mistake", "other")
"""Why somebody does something, as short codes that every report knows; more stands in the note."""
TWO_WEEKS: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Doing:
    """Something on its way: `id` is claimed for it, `given` is what its form's own fields say, each read."""

    connection: AsyncConnection
    planning: Planning
    case: AtCase
    id: str
    by: str
    reason: str
    note: str | None
    given: Mapping[str, Any]

    async def record(self, kind: type[Command[Any]], **more: Any) -> None:
        """Give a command to the case, once. Raises CommandRefused."""
        asked = {"by": self.by, "reason_code": self.reason, "note": self.note} | more
        command = kind.model_validate(asked)
        await record(self.connection, self.planning, self.case.id, command, f"{self.id}/{kind.name}", self.case.now)


WhyNot = Callable[[AtCase], str | None]


@dataclass(frozen=True, slots=True)
class Deed:
    """One act: its name stands in its address, and `word`, `done` and `hint` in the desk's texts."""

    name: str
    key: str
    needs: Act
    do: Callable[[Doing], Awaitable[None]]
    why_not: WhyNot
    """Why it cannot be done to a case whatever is asked, in words; None where its form decides."""
    fields: tuple[Field, ...] = ()
    reasons: tuple[str, ...] = field(default=REASONS)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Its own, then why."""
        reasons = self.reasons

        def choices(_case: AtCase) -> Sequence[Choice]:
            return [(each, f"reason_{each}") for each in reasons]

        why = Field("reason", "choice", choices=choices, first=lambda _case: reasons[0], weighs=False)
        return (*self.fields, why, Field("note", "long", needed=False, weighs=False))


def given_as(kind: type[Command[Any]], **fixed: Any) -> Callable[[Doing], Awaitable[None]]:
    """Does a command of which the form's own fields are the fields."""

    async def do(doing: Doing) -> None:
        await doing.record(kind, **{name: value for name, value in doing.given.items() if value is not None}, **fixed)

    return do


def refused_by(kind: type[Command[Any]], **fixed: Any) -> WhyNot:
    """Why a command would be refused, whatever its fields."""

    def why_not(case: AtCase) -> str | None:
        command = kind.model_construct(by="desk", reason_code="desk", note=None, **fixed)
        refused = why_refused(command, case.state, case.now)
        return str(refused) if refused else None

    return why_not


def _in_two_weeks(case: AtCase) -> str:
    return (case.today + TWO_WEEKS).isoformat()


DEEDS: Final[Mapping[str, Deed]] = {
    each.name: each
    for each in (
        Deed("hold", "h", Act.SERVE, given_as(Hold), refused_by(Hold, until=None),
             fields=(Field("until", "day", needed=False, first=_in_two_weeks),)),
        Deed("release", "r", Act.SERVE, given_as(Release), refused_by(Release, held_for=None)),
        Deed("withdraw", "v", Act.CHANGE_AMOUNT, given_as(Withdraw), refused_by(Withdraw),
             reasons=("our-mistake", "checked", "agreed", "other")),
        Deed("unwithdraw", "z", Act.CHANGE_AMOUNT, given_as(Unwithdraw), refused_by(Unwithdraw),
             reasons=("our-mistake", "checked", "other")),
    )
}  # fmt: skip
"""All that can be done, in the order in which it is offered."""


def offered(user: User, case: AtCase) -> list[Deed]:
    """What somebody may do to a case now."""
    return [deed for deed in DEEDS.values() if user.may(deed.needs) and deed.why_not(case) is None]
