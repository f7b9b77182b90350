"""What Purr itself left to chance, as choices: each arm of an experiment, the one in which nothing is sent too, and what was
proposed of a contact that went out.

An arm counts from the day on which the plan has its step, whatever was sent then, once for each debtor. After the experiment's
end, or from when it or the arm was stopped, nothing was left to chance any more.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.arms import Experiment
from domain.learned.choices import Choice, whole_way
from domain.money.amount import ZERO
from domain.policy.policy import Step
from facts.database import Database
from facts.prediction import experiment_looks, experiments, proposals
from facts.prediction.experiment_looks import Running
from facts.prediction.experiments import GOES_ON
from planning.service import Planning
from views.prediction.experiments import Outcome, outcomes_after


async def choices_tried(
    database: Database, planning: Planning, now: datetime, creditor: str | None = None
) -> list[Choice]:
    """The choices of a creditor, or of all that are live, as is known at `now` (UTC); none of whom nothing may be learned.

    They are read page by page, so that no transaction is long.
    """
    async with database.transaction() as connection:
        found = await _proposed(connection, planning, creditor)
        running = await experiment_looks.running(connection, creditor)
    for each in running:
        found += await _of_experiment(database, planning, each, now)
    return found


async def _proposed(connection: AsyncConnection, planning: Planning, creditor: str | None) -> list[Choice]:
    found = []
    for sent in await proposals.sent(connection, creditor):
        policy = await planning.policy(connection, sent.policy_hash)
        if sent.step in policy.index:
            way = whole_way(policy.steps[policy.index[sent.step]], sent.arm)
            found.append(Choice(sent.case, sent.step, way, sent.propensity, sent.at))
    return found


async def _of_experiment(database: Database, planning: Planning, running: Running, now: datetime) -> list[Choice]:
    async with database.transaction() as connection:
        stops = (await experiments.stops(connection, running.creditor)).get(running.experiment, GOES_ON)
    found: list[Choice] = []
    after: int | None = 0
    while after is not None:
        async with database.transaction() as connection:
            after, outcomes = await outcomes_after(connection, planning, running, stops, after, now)
            for each in outcomes:
                policy = await planning.policy(connection, each.assigned.policy_hash)
                if (experiment := policy.experiments.get(running.experiment)) is not None:
                    found += _choice(policy.steps[policy.index[experiment.step]], experiment, each)
    return found


def _choice(step: Step, experiment: Experiment, outcome: Outcome) -> Iterator[Choice]:
    """The choice that a debtor's arm was; none of an arm that its policy did not have. Of whoever came after an arm was stopped
    none is in that one, and each other arm is so much more probable."""
    if (shared := experiment.called(outcome.assigned.arm)) is not None:
        others = sum((each.share for each in experiment.arms if each.name not in outcome.stopped), ZERO)
        share = outcome.assigned.share / others
        yield Choice(outcome.of.case, step.id, whole_way(step, shared.arm), share, outcome.exposure.since)
