"""Experiments as they stand: what came of each arm's debtors, read from the facts as they are known now.

A debtor counts once, with the first of the invoices that came to the step, and who objects to being learned from not at all. What
comes late counts when it comes, on its own day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.experiments.exposure import Exposure, exposure, in_order, is_by_lot, smallest_of
from domain.experiments.result import ArmSeen, Result, Trouble, in_words, result_of
from domain.experiments.sample_size import needed
from domain.experiments.sequence import Counted
from domain.experiments.uplift import Helped, KindSeen, Uplift, kind_of, uplifts
from domain.learned.arms import Experiment
from facts.cases.load import load_cases
from facts.prediction import experiment_looks
from facts.prediction.experiment_looks import CaseInArm, Exposed, Running
from facts.prediction.experiments import Stop
from planning.service import Planning


@dataclass(frozen=True, slots=True)
class Look:
    """An experiment as it stands. `helped` is whom each arm helps, where it has a hold-out; `told` how many debtors it needs, as
    was told before it began; `stop` how it was stopped."""

    running: Running
    policy: str
    experiment: Experiment
    result: Result
    helped: Mapping[str, Sequence[Uplift]]
    told: int
    stop: Stop | None
    channels: Mapping[str, str | None]
    """By which channel each arm makes contact first; None where nothing is sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a debtor in an arm: of the first case that came to the step."""

    of: CaseInArm
    exposure: Exposure


async def look(
    connection: AsyncConnection, planning: Planning, running: Running, stop: Stop | None, now: datetime
) -> Look | None:
    """How an experiment stands at `now` (UTC); None where its policy does not have it any more."""
    policy = await planning.policy(connection, running.policy_hash)
    experiment = policy.experiments.get(running.experiment)
    if experiment is None:
        return None
    outcomes = await outcomes_of(connection, planning, running, stop, now)
    exposed = [Exposed(each.of.debtor, each.exposure.since, each.exposure.until) for each in outcomes]
    arm_of = {each.of.debtor: each.of.arm for each in outcomes}
    troubled = Counter((arm_of[debtor], kind) for debtor, kind in await experiment_looks.troubled(connection, exposed))
    arms = [
        _seen(each.name, float(each.share), [of for of in outcomes if of.of.arm == each.name], troubled)
        for each in in_order(experiment)
    ]
    smallest = smallest_of(experiment)
    result, helped = result_of(arms, smallest), _helped(experiment, outcomes, smallest)
    first = policy.steps[policy.index[experiment.step]].channels[0]
    channels = {each.name: None if each.arm.held_out else each.arm.channel or first for each in experiment.arms}
    return Look(running, policy.name, experiment, result, helped, told_before(experiment), stop, channels)


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


async def outcomes_of(
    connection: AsyncConnection, planning: Planning, running: Running, stop: Stop | None, now: datetime
) -> Sequence[Outcome]:
    """What came of each debtor who came to the step so far, in the order of their ids; after its end nobody counts any more."""
    first: dict[int, Outcome] = {}
    after = 0
    while page := await experiment_looks.cases(connection, running.creditor, running.experiment, after, now):
        after = page[-1].case
        of = {each.case: each for each in page}
        for case in await load_cases(connection, list(of), now):
            policy = await planning.policy(connection, case.policy_hash)
            experiment = policy.experiments.get(running.experiment)
            if experiment is None:
                continue
            step = policy.steps[policy.index[experiment.step]]
            law = await planning.law_of_loaded(connection, case)
            came, here = exposure(policy, law, case.facts, step, now), of[case.id]
            if came is None or came.until <= here.assigned_at or came.day < law.calendar.local_date(here.assigned_at):
                continue
            if not is_by_lot(came, experiment, stop.at if stop else None):
                continue
            known = first.get(here.debtor)
            if known is None or came.day < known.exposure.day:
                first[here.debtor] = Outcome(here, came)
    return [first[debtor] for debtor in sorted(first)]


def _helped(experiment: Experiment, outcomes: Sequence[Outcome], smallest: float) -> Mapping[str, Sequence[Uplift]]:
    """Whom each arm helps; nothing where the experiment has no hold-out."""
    base, *others = in_order(experiment)
    if not base.arm.held_out:
        return {}
    counted: dict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    for each in outcomes:
        if each.exposure.paid is not None:
            counted[each.of.arm, kind_of(each.of.kind, each.of.segment)][each.exposure.paid] += 1
    kinds = sorted({kind for _, kind in counted})

    def of(arm: str, kind: str) -> Counted:
        return Counted(counted[arm, kind].total(), counted[arm, kind][True])

    return {
        arm.name: uplifts([KindSeen(kind, of(arm.name, kind), of(base.name, kind)) for kind in kinds], smallest)
        for arm in others
    }


def _seen(name: str, share: float, outcomes: Sequence[Outcome], troubled: Mapping[tuple[str, Trouble], int]) -> ArmSeen:
    over = [each.exposure.paid for each in outcomes if each.exposure.paid is not None]
    return ArmSeen(
        name,
        share,
        Counted(len(over), sum(over)),
        {kind: troubled.get((name, kind), 0) for kind in Trouble},
        len(outcomes) - len(over),
    )


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
        "stopped": None
        if look.stop is None
        else {"by": look.stop.by, "why": look.stop.reason_code, "arm": look.stop.arm, "at": look.stop.at.isoformat()},
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
