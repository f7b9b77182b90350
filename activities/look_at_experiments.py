"""Experiments are looked at each night, and what is surely worse is stopped: an act of the room of learning.

It may look as often as it likes: what it says is true of all looks together (`domain/experiments/sequence.py`).
"""

import structlog
from temporalio import activity

from activities.signs_of_life import with_signs_of_life
from commands.prediction.experiments import take_look
from facts import clock
from facts.database import Database
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiment_looks import Running
from facts.prediction.experiments import GOES_ON
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
        """Look at each and keep what is seen; gives how many were stopped, or arms of them alone."""
        async with self._database.transaction() as connection:
            running = await experiment_looks.running(connection)
        stopped = 0
        for each in running:
            stopped += await with_signs_of_life(self._look_at(each), tuple)
        log.info("experiments_looked_at", count=len(running), stopped=stopped)
        return stopped

    async def _look_at(self, running: Running) -> int:
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            stops = (await experiments.stops(connection, running.creditor)).get(running.experiment, GOES_ON)
        seen = await look(self._database, self._planning, running, stops, now)
        if seen is None:
            return 0
        worse = {each.arm.name: each.stop for each in seen.result.arms if each.stop}
        async with self._database.transaction() as connection:
            stopped = await take_look(connection, running, seen.experiment, seen.step, document(seen), worse, now)
        for each in stopped:
            log.warning(
                "experiment_stopped",
                creditor=running.creditor,
                experiment=running.experiment,
                arm=each.stopped_arm,
                reason=each.reason_code,
            )
        return len(stopped)
