"""Experiments are stopped, as a whole or an arm alone, by a person or by a look that finds an arm surely worse.

From then on all get the same; of an arm alone, its debtors the step as it is written, and the others go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.experiments.exposure import in_order
from domain.experiments.stopping import why_not_alone
from domain.learned.arms import Experiment
from domain.policy.policy import Step
from facts.desk import audit
from facts.desk.audit import About
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiment_looks import Running
from facts.prediction.experiments import GOES_ON, Stop, Stops
from facts.refusals import Conflict, Unknown

BY_ITSELF: Final = "purr"


@dataclass(frozen=True, slots=True)
class Stopping:
    """What is to be stopped: `arm` alone, None for the whole experiment, all of which then get `goes_on`; None, there and of an
    arm alone: the step as it is written."""

    arm: str | None = None
    goes_on: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """Whom it reaches: so many debtors who are in the arms that stop, with so many open cases."""

    debtors: int
    cases: int


async def stopping(
    connection: AsyncConnection, creditor: str, experiment: Experiment, step: Step, what: Stopping
) -> Effect:
    """What follows where an experiment, or an arm of it, is stopped; the same is asked before it is done.

    Raises Unknown where it has no such arm, Conflict where that was stopped before or cannot be alone.
    """
    for arm in filter(None, (what.arm, what.goes_on)):
        if experiment.called(arm) is None:
            names = ", ".join(each.name for each in experiment.arms)
            raise Unknown(f"{experiment.id} has no arm {arm!r}: it has {names}")
    stops = (await experiments.stops(connection, creditor)).get(experiment.id, GOES_ON)
    if stops.whole is not None:
        raise Conflict(_before(experiment.id, stops.whole))
    for arm in filter(None, (what.arm, what.goes_on)):
        if arm in stops.arms:
            raise Conflict(_before(f"{arm} of {experiment.id}", stops.arms[arm]))
    if what.arm and (why := why_not_alone(experiment, step, [what.arm], stops.arms)):
        raise Conflict(f"{what.arm} cannot be stopped alone: {why}; stop the experiment")
    stop = [what.arm] if what.arm else [each.name for each in experiment.arms if each.name not in stops.arms]
    return Effect(*await experiments.in_arms(connection, creditor, experiment.id, stop))


async def stop(
    connection: AsyncConnection,
    creditor: str,
    experiment: Experiment,
    step: Step,
    what: Stopping,
    by: str,
    reason_code: str,
    now: datetime,
) -> Effect:
    """Stop an experiment, or an arm of it, from now on; raises as `stopping` does."""
    await experiment_looks.lock(connection, creditor)
    effect = await stopping(connection, creditor, experiment, step, what)
    await _stop(connection, creditor, Stop(experiment.id, what.arm, what.goes_on, by, reason_code, now))
    return effect


async def take_look(
    connection: AsyncConnection,
    running: Running,
    experiment: Experiment,
    step: Step,
    result: Mapping[str, Any],
    worse: Mapping[str, str],
    now: datetime,
) -> Sequence[Stop]:
    """Keep what a look found, and stop what must stop and was not stopped yet; gives what it stopped.

    `worse` are the arms that must, each with the reason in words. They stop alone where the others can still be compared; else
    the experiment does, and all get what the arms were judged beside.
    """
    await experiment_looks.lock(connection, running.creditor)
    await experiment_looks.keep(connection, running, result, now)
    stops = (await experiments.stops(connection, running.creditor)).get(experiment.id, GOES_ON)
    new = _to_stop(experiment, step, {arm: why for arm, why in worse.items() if arm not in stops.arms}, stops, now)
    for each in new:
        await _stop(connection, running.creditor, each)
    return new


def _to_stop(
    experiment: Experiment, step: Step, worse: Mapping[str, str], stops: Stops, now: datetime
) -> Sequence[Stop]:
    if not worse or stops.whole is not None:
        return []
    if why_not_alone(experiment, step, worse, stops.arms) is None:
        return [Stop(experiment.id, arm, None, BY_ITSELF, why, now) for arm, why in worse.items()]
    whys = "; ".join(f"{arm}: {why}" for arm, why in worse.items())
    return [Stop(experiment.id, None, in_order(experiment)[0].name, BY_ITSELF, whys, now)]


def _before(what: str, stop: Stop) -> str:
    return f"{what} was stopped on {stop.at:%d %b %Y %H:%M} UTC, by {stop.by}: {stop.reason_code}"


async def _stop(connection: AsyncConnection, creditor: str, new: Stop) -> None:
    await experiments.stop(connection, creditor, new)
    what = "experiment_stopped" if new.stopped_arm is None else "experiment_arm_stopped"
    detail = {"experiment": new.experiment, "arm": new.stopped_arm or new.arm}
    await audit.did(connection, new.by, what, new.at, about=About(creditor), why=new.reason_code, detail=detail)
