"""What a policy tries, as a preview shows it: each arm with its share and what comes of it, and what may be learned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.countries.law import Law
from domain.learned.arms import InExperiment
from domain.planner.case_facts import CaseFacts
from domain.planner.preview import Outcome, preview
from domain.policy.policy import Policy, Step
from domain.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class TriedArm:
    """An arm of an experiment at a step: what share of debtors gets it, and when (UTC) and by what its contact comes first.

    `way` is the arm by its stable name. None comes of whoever is held out, or where nobody is reached.
    """

    experiment: str
    step: str
    arm: str
    way: str
    share: Decimal
    at: datetime | None
    channel: Channel | None


def tried(
    policy: Policy, law: Law, facts: CaseFacts, now: datetime, outcome: Outcome | None = None
) -> Iterator[TriedArm]:
    """Each arm of a policy's experiments, with what comes of it in a case that is run ahead from `now` (UTC)."""
    everybody = policy.whoever_it_is()
    for experiment in policy.experiments.values():
        for each in experiment.arms:
            case = facts.but(arms=(InExperiment(experiment.id, each.name),))
            acts = (act for act in preview(everybody, law, case, now, outcome) if act.action.step == experiment.step)
            first = next((act for act in acts if act.action.channel is not None), None)
            yield TriedArm(
                experiment.id,
                experiment.step,
                each.name,
                each.arm.name,
                each.share,
                first.at if first else None,
                first.action.channel if first else None,
            )


def learned(step: Step) -> list[str]:
    """What may be learned of a step, piece by piece, as somebody reads it who looks at its policy."""
    if (learn := step.learn) is None:
        return []
    said = (
        f"its channel: {', '.join(step.channels)}" if learn.channel else "",
        f"an earlier hour, from {learn.hours[0]:%H:%M} to {learn.hours[1]:%H:%M}" if learn.hours else "",
        "a kinder tone" if learn.tone else "",
        f"what it says besides: {', '.join(learn.contents)}" if learn.contents else "",
        f"{learn.explore:.0%} of proposals by chance",
    )
    return list(filter(None, said))
