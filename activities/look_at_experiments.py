"""Experiments are looked at each night, and stopped where an arm is surely worse: an act of the room of learning.

It may look as often as it likes: what it says is true of all looks together (`domain/experiments/sequence.py`).
"""

import structlog
from temporalio import activity

from commands.prediction.experiments import Worse, take_look
from domain.experiments.result import Result
from facts import clock
from facts.database import Database
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiment_looks import Running
from planning.service import Planning
from views.prediction.experiments import document, look

log = structlog.get_logger()


class LookAtExperiments:
    """Looks at every experiment that runs."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def look_at_experiments(self) -> int:
        """Look at each and keep what is seen; gives how many were stopped."""
        async with self._database.transaction() as connection:
            running = await experiment_looks.running(connection)
        stopped = 0
        for each in running:
            stopped += await self._look_at(each)
            if activity.in_activity():
                activity.heartbeat(each.creditor, each.experiment)
        log.info("experiments_looked_at", count=len(running), stopped=stopped)
        return stopped

    async def _look_at(self, running: Running) -> bool:
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            stop = (await experiments.stops(connection, running.creditor)).get(running.experiment)
            seen = await look(connection, self._planning, running, stop, now)
            if seen is None:
                return False
            worse = worse_of(seen.result)
            ended = await take_look(connection, running, document(seen), worse, now)
        if ended and worse is not None:
            log.warning(
                "experiment_stopped", creditor=running.creditor, experiment=running.experiment, reason=worse.why
            )
        return ended


def worse_of(result: Result) -> Worse | None:
    """Why an experiment must stop: its arms that must, in words; all get the base then. None where none must."""
    whys = [f"{each.arm.name}: {each.stop}" for each in result.arms if each.stop]
    return Worse("; ".join(whys), result.arms[0].arm.name) if whys else None
