"""What may be stopped of an experiment: some arms alone, while the others can still be compared; else all of it.

Nobody is given another arm: whoever is in one that was stopped goes by the step as it is written, and the others' shares stay.
"""

from collections.abc import Collection

from domain.experiments.exposure import in_order
from domain.learned.arms import Arm, Experiment
from domain.learned.choices import whole_way
from domain.policy.policy import Step

FEWEST_GO_ON = 2


def why_not_alone(experiment: Experiment, step: Step, arms: Collection[str], stopped: Collection[str]) -> str | None:
    """Why these arms cannot be stopped while the others go on, in words; None where they can. `stopped` were so before."""
    base, *others = in_order(experiment)
    if base.name in arms:
        return f"the others are judged beside {base.name}"
    written = whole_way(step, Arm())
    if same := next((each.name for each in others if each.name in arms and whole_way(step, each.arm) == written), None):
        return f"{same} is the step as it is written: whoever is in it would go on as before"
    if sum(each.name not in (*arms, *stopped) for each in experiment.arms) < FEWEST_GO_ON:
        return "no two arms would go on"
    return None
