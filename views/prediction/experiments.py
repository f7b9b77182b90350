"""Experiments as they stand: what came of each arm's debtors, read from the facts as they are known now.

A debtor counts once, with the first of the invoices that came to the step, and who objects to being learned from not at all. What
comes late counts when it comes, on its own day.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.experiments.exposure import Exposure, exposure, in_order, is_by_lot, smallest_of
from domain.experiments.result import ArmSeen, Result, Trouble, in_words, result_of
from domain.experiments.sample_size import needed
from domain.experiments.sequence import Counted
from domain.experiments.uplift import Helped, KindSeen, Uplift, kind_of, uplifts
from domain.learned.arms import Experiment, SharedArm
from domain.policy.policy import Step
from facts.cases.load import OpenCase, load_cases
from facts.database import Database
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiment_looks import CaseOf, Exposed, Running
from facts.prediction.experiments import Assignment, Stop, Stops
from planning.service import Planning

_CASES: Final = 2_000  # that are loaded at once


@dataclass(frozen=True, slots=True)
class Look:
    """An experiment as it stands. `helped` is whom each arm helps, where it has a hold-out; `told` how many debtors it needs, as
    was told before it began; `stops` what of it was stopped."""

    running: Running
    policy: str
    experiment: Experiment
    step: Step
    result: Result
    helped: Mapping[str, Sequence[Uplift]]
    told: int
    stops: Stops
    channels: Mapping[str, str | None]
    """By which channel each arm makes contact first; None where nothing is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a debtor in an arm: of the first case that came to the step. `stopped` are the arms that were stopped by then:
    whoever came later than that is not compared with them."""

    of: CaseOf
    assigned: Assignment
    exposure: Exposure
    stopped: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Alike:
    """Debtors that count alike: of an arm, of a kind, whether they paid in time, and which arms were stopped when they came."""

    arm: str
    kind: str
    paid: bool | None
    stopped: frozenset[str]


async def look(database: Database, planning: Planning, running: Running, stops: Stops, now: datetime) -> Look | None:
    """How an experiment stands at `now` (UTC); None where its policy does not have it any more.

    It is read page by page, so that no transaction is long.
    """
    async with database.transaction() as connection:
        policy = await planning.policy(connection, running.policy_hash)
    experiment = policy.experiments.get(running.experiment)
    if experiment is None:
        return None
    counted: Counter[_Alike] = Counter()
    troubled: Counter[tuple[str, frozenset[str], Trouble]] = Counter()
    after: int | None = 0
    while after is not None:
        async with database.transaction() as connection:
            after, outcomes = await outcomes_after(connection, planning, running, stops, after, now)
            of = {each.of.debtor: each for each in outcomes}
            exposed = [Exposed(each.of.debtor, each.exposure.since, each.exposure.until) for each in outcomes]
            for debtor, kind in await experiment_looks.troubled(connection, exposed):
                troubled[of[debtor].assigned.arm, of[debtor].stopped, kind] += 1
        counted.update(
            _Alike(each.assigned.arm, kind_of(each.of.kind, each.of.segment), each.exposure.paid, each.stopped)
            for each in outcomes
        )

    def seen(arm: SharedArm, until: str | None = None) -> ArmSeen:
        """An arm's debtors; those alone who came until another arm was stopped, where one is named."""
        alike = {each: many for each, many in counted.items() if each.arm == arm.name and until not in each.stopped}
        paid, over = (
            sum(many for each, many in alike.items() if each.paid in which) for which in ({True}, {True, False})
        )
        trouble = Counter[Trouble]()
        for (name, stopped, kind), many in troubled.items():
            if name == arm.name and until not in stopped:
                trouble[kind] += many
        return ArmSeen(
            arm.name,
            float(arm.share),
            Counted(over, paid),
            {kind: trouble[kind] for kind in Trouble},
            sum(alike.values()) - over,
        )

    base, *others = in_order(experiment)
    arms = [seen(base)]
    for each in others:
        arms.append(replace(seen(each), beside=seen(base, each.name) if each.name in stops.arms else None))
    smallest = smallest_of(experiment)
    step = policy.steps[policy.index[experiment.step]]
    first = step.channels[0]
    channels = {each.name: None if each.arm.held_out else each.arm.channel or first for each in experiment.arms}
    return Look(
        running,
        policy.name,
        experiment,
        step,
        result_of(arms, smallest),
        _helped(experiment, counted, smallest),
        told_before(experiment),
        stops,
        channels,
    )


def helped_in_words(look: Look) -> Iterator[str]:
    """Whom a contact helps, by which channel, arm by arm and kind by kind."""
    for arm, kinds in look.helped.items():
        channel = look.channels[arm]
        by = f"by {channel.replace('_', ' ')} (in the arm {arm})" if channel else f"in the arm {arm}"
        for each in kinds:
            between = f"{each.low * 100:+.1f} to {each.high * 100:+.1f} points"
            match each.helped:
                case Helped.YES:
                    yield f"{each.kind}: helped {by}: {between} more pay in time than where nothing is sent"
                case Helped.NO:
                    yield f"{each.kind}: not helped {by}: {between}, less than matters"
                case Helped.UNKNOWN:
                    yield f"{each.kind}: not known whether helped {by}: {between}"


def told_before(experiment: Experiment, usual: float = 0.5) -> int:
    """How many debtors an experiment needs, where so many pay in time as it is."""
    arms = in_order(experiment)
    shares = {each.name: float(each.share) for each in arms}
    return needed(shares, arms[0].name, usual, smallest_of(experiment)).debtors


async def outcomes_after(
    connection: AsyncConnection, planning: Planning, running: Running, stops: Stops, after: int, now: datetime
) -> tuple[int | None, Sequence[Outcome]]:
    """A page of an experiment's debtors, after one: the last of them, None at the end, and what came of each who came to the step
    so far. Whoever came after its end, or after it or the own arm was stopped, does not count, nor whom the step is not for."""
    assigned = {
        each.debtor: each
        for each in await experiments.assigned(connection, running.creditor, running.experiment, after)
    }
    if not assigned:
        return None, []
    first: dict[int, Outcome] = {}
    cases = await experiment_looks.cases(connection, running.creditor, list(assigned), now)
    for at in range(0, len(cases), _CASES):
        of = {each.case: each for each in cases[at : at + _CASES]}
        for case in await load_cases(connection, list(of), now):
            here = assigned[of[case.id].debtor]
            if (found := await _outcome(connection, planning, running, stops, case, of[case.id], here, now)) is None:
                continue
            known = first.get(here.debtor)
            if known is None or found.exposure.day < known.exposure.day:
                first[here.debtor] = found
    return max(assigned), [first[debtor] for debtor in sorted(first)]


async def _outcome(
    connection: AsyncConnection,
    planning: Planning,
    running: Running,
    stops: Stops,
    case: OpenCase,
    of: CaseOf,
    assigned: Assignment,
    now: datetime,
) -> Outcome | None:
    """What came of a case in the arm of its debtor; None where it did not come to the step, or not by lot, or where the step was
    found on its day not to be for the debtor."""
    policy = await planning.policy(connection, case.policy_hash)
    experiment = policy.experiments.get(running.experiment)
    if experiment is None:
        return None
    law = await planning.law_of_loaded(connection, case)
    day_of = law.calendar.local_date
    came = exposure(policy, law, case.facts, policy.steps[policy.index[experiment.step]], now)
    if came is None or came.until <= assigned.at or came.day < day_of(assigned.at):
        return None
    stopped = frozenset(arm for arm, stop in stops.arms.items() if day_of(stop.at) <= came.day)
    if assigned.arm in stopped or not is_by_lot(came, experiment, day_of(stops.whole.at) if stops.whole else None):
        return None
    if any(step == experiment.step and day_of(at) == came.day for step, at in of.not_for):
        return None
    return Outcome(of, assigned, came, stopped)


def _helped(experiment: Experiment, seen: Mapping[_Alike, int], smallest: float) -> Mapping[str, Sequence[Uplift]]:
    """Whom each arm helps; nothing where the experiment has no hold-out."""
    base, *others = in_order(experiment)
    if not base.arm.held_out:
        return {}
    over = {each: many for each, many in seen.items() if each.paid is not None}
    kinds = sorted({each.kind for each in over})

    def of(arm: str, kind: str, until: str) -> Counted:
        """Of the debtors who came until an arm was stopped, where it was."""
        alike = {
            each: many
            for each, many in over.items()
            if each.arm == arm and each.kind == kind and until not in each.stopped
        }
        return Counted(sum(alike.values()), sum(many for each, many in alike.items() if each.paid))

    return {
        arm.name: uplifts(
            [KindSeen(kind, of(arm.name, kind, arm.name), of(base.name, kind, arm.name)) for kind in kinds], smallest
        )
        for arm in others
    }


def document(look: Look) -> dict[str, Any]:
    """The same for machines and for keeping: what is known of each arm, with its sentence."""
    said = list(in_words(look.result))
    return {
        "creditor": look.running.creditor,
        "experiment": look.running.experiment,
        "policy": look.policy,
        "step": look.experiment.step,
        "debtors_assigned": look.running.debtors,
        "debtors_told_before": look.told,
        "more_debtors_needed": look.result.more,
        "smallest_effect": look.result.smallest,
        "decided": look.result.is_decided,
        "stopped": _stopped(look.stops.whole),
        "arms": [
            {
                "arm": each.arm.name,
                "channel": look.channels[each.arm.name],
                "share": each.arm.share,
                "debtors": each.arm.paid.debtors,
                "paid": each.arm.paid.came,
                "waiting": each.arm.waiting,
                "troubled": {str(kind): count for kind, count in each.arm.troubled.items()},
                "verdict": each.verdict,
                "low": round(each.interval.low, 6),
                "high": round(each.interval.high, 6),
                "stop": each.stop,
                "stopped": _stopped(look.stops.arms.get(each.arm.name)),
                "words": words,
            }
            for each, words in zip(look.result.arms, said, strict=True)
        ],
        "helped": [
            {
                "arm": arm,
                "channel": look.channels[arm],
                "kind": each.kind,
                "low": round(each.low, 6),
                "high": round(each.high, 6),
                "helped": each.helped,
            }
            for arm, found in look.helped.items()
            for each in found
        ],
    }


def _stopped(stop: Stop | None) -> dict[str, Any] | None:
    return (
        None if stop is None else {"by": stop.by, "why": stop.reason_code, "arm": stop.arm, "at": stop.at.isoformat()}
    )
