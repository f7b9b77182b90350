"""What Purr itself left to chance, as choices: each arm of an experiment, the one in which nothing is sent too, and what was
proposed of a contact that went out.

An arm counts from the day on which the plan has its step, whatever was sent then, once for each debtor. After the experiment's
end, or from when it was stopped, nothing was left to chance any more.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.choices import Choice, whole_way
from facts.prediction import experiment_looks, experiments, proposals
from facts.prediction.experiment_looks import Running
from planning.service import Planning
from views.prediction.experiments import outcomes_of


async def choices_tried(
    connection: AsyncConnection, planning: Planning, now: datetime, creditor: str | None = None
) -> list[Choice]:
    """The choices of a creditor, or of all that are live, as is known at `now` (UTC); none of whom nothing may be learned."""
    return [
        *await _proposed(connection, planning, creditor),
        *[
            choice
            for running in await experiment_looks.running(connection, creditor)
            for choice in await _of_experiment(connection, planning, running, now)
        ],
    ]


async def _proposed(connection: AsyncConnection, planning: Planning, creditor: str | None) -> list[Choice]:
    found = []
    for sent in await proposals.sent(connection, creditor):
        policy = await planning.policy(connection, sent.policy_hash)
        if sent.step in policy.index:
            way = whole_way(policy.steps[policy.index[sent.step]], sent.arm)
            found.append(Choice(sent.case, sent.step, way, sent.propensity, sent.at))
    return found


async def _of_experiment(
    connection: AsyncConnection, planning: Planning, running: Running, now: datetime
) -> list[Choice]:
    stop = (await experiments.stops(connection, running.creditor)).get(running.experiment)
    assigned = {
        each.debtor: each for each in await experiments.assigned(connection, running.creditor, running.experiment)
    }
    found = []
    for outcome in await outcomes_of(connection, planning, running, stop, now):
        entry = assigned[outcome.of.debtor]
        policy = await planning.policy(connection, entry.policy_hash)
        experiment = policy.experiments.get(running.experiment)
        shared = experiment.called(entry.arm) if experiment else None
        if experiment is None or shared is None:
            continue
        way = whole_way(policy.steps[policy.index[experiment.step]], shared.arm)
        found.append(Choice(outcome.of.case, experiment.step, way, entry.share, outcome.exposure.since))
    return found
