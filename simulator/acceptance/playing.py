"""Lets the scripts of the acceptance cases go on with the world, and judges at the end how each has ended."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from facts.database import Database
from simulator.acceptance.case import AcceptanceCase, Seen, Wait
from simulator.acceptance.seen import look
from simulator.acceptance.stage import DoorRefusedError, Doors, Stage
from simulator.agenda import Agenda
from simulator.cast import Cast


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case has ended: `wrong` is empty where it ended as the practice demands."""

    case: AcceptanceCase
    wrong: Sequence[str]
    invoices: Mapping[str, str]
    """What became of each, by its number."""

    def told(self) -> Mapping[str, Any]:
        """For machines."""
        case = {name: getattr(self.case, name) for name in ("number", "name", "demands")}
        return case | {"invoices": dict(self.invoices), "wrong": list(self.wrong)}


@dataclass
class _Played:
    case: AcceptanceCase
    stage: Stage
    script: AsyncIterator[Wait]
    numbers: Sequence[str]
    waits_for: Wait | None = None
    over: bool = False
    failed: str | None = None


class Playing:
    """All the cases at once, each going on when what it waits for has come true."""

    def __init__(
        self,
        cases: Sequence[AcceptanceCase],
        doors: Doors,
        database: Database,
        agenda: Agenda,
        cast: Cast,
        first_day: date,
    ) -> None:
        self._clock, self._calendar, self._database, self._agenda = doors.clock, doors.calendar, database, agenda
        self._played = []
        for case in cases:
            invoices = cast.of_case(case.name)
            people = [cast.person(invoice.debtor.customer_number or "") for invoice in invoices]
            stage = Stage(doors, first_day, invoices, people)
            self._played.append(_Played(case, stage, case.script(stage), [invoice.number for invoice in invoices]))

    async def go_on(self) -> bool:
        """Let each case whose time has come do what follows; gives whether one did, so that the world has to rest again."""
        await self._look()
        went_on = False
        for played in self._played:
            if not played.over and self._has_come(played.waits_for):
                await self._step(played)
                went_on = True
        return went_on

    async def ended(self) -> list[Ending]:
        """How each case has ended; one whose script was not over in time has ended wrong."""
        await self._look()
        return [Ending(played.case, self._wrong(played), _became(played.stage)) for played in self._played]

    async def _look(self) -> None:
        numbers = [number for played in self._played for number in played.numbers]
        seen = await look(self._database, numbers, self._calendar)
        for played in self._played:
            played.stage.seen = {place: seen[number] for place, number in enumerate(played.numbers) if number in seen}

    def _has_come(self, wait: Wait | None) -> bool:
        if isinstance(wait, datetime):
            return wait <= self._clock.now()
        return wait is None or wait()

    async def _step(self, played: _Played) -> None:
        try:
            played.waits_for = await anext(played.script)
        except StopAsyncIteration:
            played.over = True
        except (DoorRefusedError, LookupError) as error:
            played.over, played.failed = True, str(error)
        if isinstance(played.waits_for, datetime) and not played.over:
            self._agenda.plan(played.waits_for, _look_up)

    def _wrong(self, played: _Played) -> list[str]:
        if played.failed:
            return [played.failed]
        seen: Mapping[int, Seen] = played.stage.seen
        if len(seen) < len(played.numbers):
            return ["an invoice never came"]
        unfinished = [] if played.over else ["the story was not over when the weeks were"]
        return unfinished + played.case.wrong(seen)


def _became(stage: Stage) -> Mapping[str, str]:
    return {seen.number: _how(seen) for seen in stage.seen.values()}


def _how(seen: Seen) -> str:
    return "recalled" if seen.hand_offs[-1:] == ("recalled",) else seen.outcome or seen.flag or seen.state


async def _look_up() -> None:
    """Nothing by itself: the world stops here, and the script that waits for the moment goes on."""
