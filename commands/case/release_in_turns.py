"""Many cases released at once: what each would do, the turns in which they go on, and the release of one in its turn.

A release of many is a fact, and so is the turn of each case, written before the first is let go: whoever was interrupted
asks again, and who has a turn ahead keeps it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Release
from commands.command import Command
from domain.countries.law import Law
from domain.planner.action import ActionKind, in_few_words
from domain.planner.occasions import step_named
from domain.planner.turns import Released, takes_turn, turns
from facts import clock
from facts.cases.load import load_cases
from planning.service import PlannedCase, Planning

AN_HOUR = timedelta(hours=1)
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('release of many', 0))")
STANDING = text("""
select t.case_id, t.release_id, t.at from release_turn t join release_of_many r on r.id = t.release_id
where t.case_id = any(:cases) and t.at > :now and not exists (select from hold h where h.case_id = t.case_id
  and (h.release_id = t.release_id or h.released_at is null and h.happened_at > r.happened_at))
order by t.release_id
""")
RELEASE_OF_MANY = text("""
insert into release_of_many (by, reason_code, per_hour, happened_at) values (:by, :reason_code, :per_hour, :now) returning id
""")
TURNS = text("""
insert into release_turn (release_id, case_id, at)
select :release, case_id, at from unnest(cast(:cases as int[]), cast(:moments as timestamptz[])) as t(case_id, at)
""")


class ReleaseInTurn(Release):
    """Let one of many cases go on, when its turn in their release has come."""

    turn_of: int

    @property
    def release(self) -> int | None:
        """The release of many that it belongs to."""
        return self.turn_of


def in_their_turns(command: Command[Any], turn_of: Mapping[int, int]) -> Callable[[int], Command[Any]]:
    """The command to each case: the release of those that have a turn belongs to a release of many."""

    def of_case(case: int) -> Command[Any]:
        return ReleaseInTurn(turn_of=turn_of[case], **dict(command)) if case in turn_of else command

    return of_case


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a held case would do if it were let go now."""

    released: Released
    what: str  # in a few words, without days: many say the same
    waits: bool  # it takes a turn
    law: Law
    now: datetime
    own_clock: str  # the creditor whose own clock goes; "" where it is everybody's


async def foresee(connection: AsyncConnection, planning: Planning, cases: Sequence[int]) -> list[Foreseen]:
    """What those of the cases that are held would do if they were let go now; changes nothing."""
    now = await clock.now(connection)
    found = await load_cases(connection, cases, now)
    moments = await clock.now_of_each(connection, (case.creditor_id for case in found))
    foreseen = []
    for case in found:
        if not case.facts.on_hold(moments[case.creditor_id]):
            continue  # a hold whose end is past keeps nobody
        free = replace(case.facts, held=False, held_until=None, hold_reason=None, turn_at=None)
        theirs = moments[case.creditor_id]
        plan = await planning.plan_loaded(connection, replace(case, facts=free), theirs)
        foreseen.append(_foreseen(plan, theirs))
    return foreseen


def _foreseen(plan: PlannedCase, now: datetime) -> Foreseen:
    action, case = plan.action, plan.case
    waits = takes_turn(action, now, plan.policy.spread, plan.law.calendar, plan.law.contact_hours)
    own_clock = "" if case.ahead is None else case.creditor_id
    released = Released(case.id, case.debtor_id, case.creditor_id, frozenset(_messages(plan)))
    return Foreseen(released, in_few_words(action.kind, action.step, action.channel), waits, plan.law, now, own_clock)


def _messages(plan: PlannedCase) -> Iterable[str]:
    """The messages that leave when a case does what it is about to: its own, and the copies that tell of it."""
    action = plan.action
    if action.kind is not ActionKind.DELIVER or action.channel is None:
        return [f"{action.kind} {plan.case.id}"]
    step = step_named(plan.policy, action.step or "")
    return [f"{step.message} {action.channel}", *(f"alert {channel}" for channel in step.alert)]


async def give_turns(
    connection: AsyncConnection, foreseen: Sequence[Foreseen], per_hour: int, by: str, reason_code: str
) -> dict[int, int]:
    """Write down a release of many and the turn of each case that takes one; gives in which release each case is.

    Part of the caller's transaction. Who has a turn ahead keeps it, and the new ones come after those; no two releases are
    written at the same time.
    """
    await connection.execute(ONE_AT_A_TIME)
    now = await clock.now(connection)
    cases = [each.released.case for each in foreseen]
    standing = (await connection.execute(STANDING, {"cases": cases, "now": now})).all()
    whose = {row.case_id: row.release_id for row in standing}
    values = {"by": by, "reason_code": reason_code, "per_hour": per_hour, "now": now}
    release = (await connection.execute(RELEASE_OF_MANY, values)).scalar_one()
    moments = planned(
        [each for each in foreseen if each.released.case not in whose],
        per_hour,
        after=max((row.at for row in standing), default=None),
    )
    await connection.execute(
        TURNS, {"release": release, "cases": list(moments), "moments": [moments[case] for case in moments]}
    )
    return {case: whose.get(case, release) for case in cases}


async def release_of(connection: AsyncConnection, cases: Sequence[int], release: int, now: datetime) -> dict[int, int]:
    """To which release each of the cases belongs whose turns came with `release`: one that they wait for, or that one."""
    standing = (await connection.execute(STANDING, {"cases": list(cases), "now": now})).all()
    return dict.fromkeys(cases, release) | {row.case_id: row.release_id for row in standing}


def planned(foreseen: Iterable[Foreseen], per_hour: int, after: datetime | None = None) -> dict[int, datetime]:
    """When the turn of each of the cases that take one comes, by its id; an hour after `after` (UTC) at the earliest."""

    def clock_of(each: Foreseen) -> tuple[str, str]:
        return each.own_clock, each.law.calendar.country

    moments = dict[int, datetime]()
    waiting = sorted((each for each in foreseen if each.waits), key=clock_of)
    for _, alike in groupby(waiting, clock_of):
        theirs = list(alike)
        law, begin = theirs[0].law, max(each.now for each in theirs)
        begin = begin if after is None else max(begin, after + AN_HOUR)
        calendars = {each.law.calendar.home and each.law.calendar.home.names: each.law.calendar for each in theirs}
        everybody = [each.released for each in theirs]
        moments |= turns(everybody, begin, per_hour, calendars.values(), law.contact_hours)
    return moments


def messages_at_once(foreseen: Iterable[Foreseen]) -> int:
    """How many messages would leave as soon as all are let go, where nobody waits for a turn."""
    return len(
        {(each.released.debtor, message) for each in foreseen if each.waits for message in each.released.messages}
    )
