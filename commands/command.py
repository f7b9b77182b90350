"""What a command is: who asks for what and why; why the facts refuse it, in words; and what it does to them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import CursorResult, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import Moment
from facts.refusals import CommandRefused
from planning.service import PlannedCase, Planning
from workflows.contracts import Code


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case as a command finds it, locked. `dispute`, `last_promise` and `hand_off` are ids of what stands."""

    id: int
    is_open: bool
    round: int
    balance: Decimal
    country: str
    held: bool
    dispute: int | None
    disputed_part: Decimal | None  # None: all of it
    approval_asked: bool
    in_plan: bool
    last_promise: int | None
    hand_off: int | None
    plan: PlannedCase | None = None

    @property
    def planned(self) -> PlannedCase:
        """The case as it is planned now, for commands that ask the planner."""
        assert self.plan is not None
        return self.plan


@dataclass(frozen=True, slots=True)
class Recording:
    """A command on its way into the facts, in the caller's transaction; `at` is the debtor's local moment."""

    connection: AsyncConnection
    state: CaseState
    at: Moment
    given: dict[str, Any]
    planning: Planning

    async def do(self, statement: TextClause, **more: Any) -> CursorResult[Any]:
        """Run a statement with the command's fields and the case, its round, its hand-off and `now` as parameters."""
        state = {"case": self.state.id, "round": self.state.round, "hand_off": self.state.hand_off, "now": self.at.at}
        return await self.connection.execute(statement, self.given | state | more)


class StandsAlready(Exception):
    """What is asked for stands already, in the same words: nothing is done and nothing is told."""


Result = TypeVar("Result")


class Command(BaseModel, Generic[Result]):
    """What somebody asks of a case. Its name is that of the update, the API's word and the diary's: it never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]
    news: ClassVar[str] = ""  # the signal that tells the case, where it is not NAME_recorded
    results_in: ClassVar[Any] = None  # the type of what it gives, which is stored as JSON
    of_closed: ClassVar[bool] = False  # may be asked of a closed case too
    asks_planner: ClassVar[bool] = False

    by: Code
    reason_code: Code
    note: str | None = None  # free text, which is never in a history

    def there(self, at: Moment) -> Self:
        """The same, as it is meant where the debtor is."""
        return self

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Why the case is in no state for this, with what to do; None when it is."""
        return None

    async def others(self, connection: AsyncConnection, case: int) -> Sequence[int]:
        """The other cases that it changes: all are locked together, in the order of their ids."""
        return ()

    @abstractmethod
    async def apply(self, to: Recording) -> Result:
        """Do it, in the facts alone. May raise CommandRefused, or StandsAlready, for what is found out only then."""

    def detail(self, result: Result) -> dict[str, Any] | None:
        """What the diary keeps besides who it was, None where `apply` writes there itself; the three were there always."""
        return {"step": None, "until": None, "amount": None} | self.model_dump(exclude={"by"})


def in_words(wrong: ValidationError) -> str:
    """What cannot be right about a command, field by field; what was given is not repeated."""
    said = ((error["loc"], str(error["msg"]).removeprefix("Value error, ")) for error in wrong.errors())
    return "; ".join(f"{'.'.join(map(str, where))}: {what}" for where, what in said)
