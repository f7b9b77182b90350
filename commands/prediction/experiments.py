"""Experiments are stopped, by a person or by a look that finds an arm surely worse; from then on all get the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.arms import Experiment
from facts.desk import audit
from facts.desk.audit import About
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiment_looks import Running
from facts.refusals import Conflict, Unknown

BY_ITSELF: Final = "purr"


@dataclass(frozen=True, slots=True)
class Worse:
    """Why an experiment must stop, in words, and the arm that all get from then on."""

    why: str
    goes_on: str


async def stop(
    connection: AsyncConnection,
    creditor: str,
    experiment: Experiment,
    arm: str | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> None:
    """Stop an experiment: from now on everybody gets one of its arms, or the step as it is written where that is None.

    Raises Unknown where it has no such arm, Conflict where it was stopped before.
    """
    if arm is not None and experiment.called(arm) is None:
        names = ", ".join(each.name for each in experiment.arms)
        raise Unknown(f"{experiment.id} has no arm {arm!r}: it has {names}")
    await experiment_looks.lock(connection, creditor)
    before = (await experiments.stops(connection, creditor)).get(experiment.id)
    if before is not None:
        raise Conflict(f"{experiment.id} was stopped on {before.at:%d %b %Y}, by {before.by}: {before.reason_code}")
    await _stop(connection, creditor, experiment.id, arm, by, reason_code, now)


async def take_look(
    connection: AsyncConnection, running: Running, result: Mapping[str, Any], worse: Worse | None, now: datetime
) -> bool:
    """Keep what a look found, and stop the experiment where it must stop and was not stopped yet; gives whether it did."""
    await experiment_looks.lock(connection, running.creditor)
    await experiment_looks.keep(connection, running, result, now)
    if worse is None or running.experiment in await experiments.stops(connection, running.creditor):
        return False
    await _stop(connection, running.creditor, running.experiment, worse.goes_on, BY_ITSELF, worse.why, now)
    return True


async def _stop(
    connection: AsyncConnection, creditor: str, experiment: str, arm: str | None, by: str, why: str, now: datetime
) -> None:
    await experiments.stop(connection, creditor, experiment, arm, by, why, now)
    detail = {"experiment": experiment, "arm": arm}
    await audit.did(connection, by, "experiment_stopped", now, about=About(creditor), why=why, detail=detail)
