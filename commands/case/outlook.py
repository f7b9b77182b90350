"""What a hold or a release of many cases would come to, gathered page by page before anything is recorded."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Hold, Release
from commands.case.release_in_turns import Foreseen, foresee, messages_at_once, planned
from commands.command import Command
from domain.planner.turns import PER_HOUR
from facts.deliveries.letters import unposted_of
from planning.service import Planning


class Outlook:
    """How many cases, what they do next, which letters wait for the printer, and in which hours a release goes on."""

    def __init__(self, command: Command[Any], per_hour: int | None = None) -> None:
        """`per_hour` is how many messages may leave in an hour because of a release, where somebody says how many."""
        self._command, self._asked = command, per_hour
        self.cases = 0
        self.by_step = Counter[str]()
        self.letters = set[UUID]()
        self.foreseen: list[Foreseen] = []
        self._moments: dict[int, datetime] | None = None

    async def look(self, connection: AsyncConnection, planning: Planning, cases: Mapping[int, str]) -> None:
        """Some more cases, by their ids, each with what it does next in a few words; of a release that is seen here."""
        self.cases += len(cases)
        if isinstance(self._command, Release):
            seen = await foresee(connection, planning, list(cases))
            self.foreseen += seen
            self.by_step.update(each.what for each in seen)
            return
        self.by_step.update(cases.values())
        if isinstance(self._command, Hold):
            self.letters |= {letter.delivery for letter in await unposted_of(connection, list(cases))}

    @property
    def messages(self) -> int:
        """How many messages and tasks come of a release, in turns or at once; who waits for news counts as one."""
        return messages_at_once(self.foreseen)

    @property
    def per_hour(self) -> int | None:
        """How many messages leave in an hour at most; None where all go on at once, being fewer than that."""
        if self._asked is None and self.messages <= PER_HOUR:
            return None
        return self._asked or PER_HOUR

    @property
    def last(self) -> datetime | None:
        """When the last turn comes, if the release begins now; None where nobody takes one."""
        if self._moments is None:
            self._moments = planned(self.foreseen, self.per_hour) if self.per_hour else {}
        return max(self._moments.values(), default=None)

    def document(self) -> dict[str, Any]:
        """The same for machines."""
        told: dict[str, Any] = {"by_step": dict(self.by_step.most_common())}
        if isinstance(self._command, Hold):
            told["unposted_letters"] = len(self.letters)
        if isinstance(self._command, Release):
            told |= {"messages": self.messages, "per_hour": self.per_hour, "hours": self._hours, "last": self.last}
        return told

    @property
    def words(self) -> list[str]:
        """The same for people."""
        steps = ", ".join(f"{count:,} {what}" for what, count in self.by_step.most_common())
        return [each for each in (steps, *self.comes_of_it) if each]

    @property
    def comes_of_it(self) -> list[str]:
        """What follows besides what each case does next, in words."""
        words = []
        if self.letters:
            words.append(f"{len(self.letters):,} letters wait for the printer: they are pulled")
        if self.per_hour and self.last:
            calendar = self.foreseen[0].law.calendar
            words.append(
                f"{self.messages:,} messages or tasks come in turns, {self.per_hour:,} an hour at most, within {self._hours:,} "
                f"hours: the last at {calendar.here(self.last).local:%a %d %b %Y %H:%M}"
            )
        elif self.foreseen:
            words.append(f"{self.messages:,} messages or tasks come at once")
        return words

    @property
    def _hours(self) -> int:
        """From now to the last turn, begun hours too."""
        if self.last is None:
            return 0
        waited = self.last - min(each.now for each in self.foreseen)
        return int(waited.total_seconds() // 3600) + 1
