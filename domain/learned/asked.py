"""Which steps of a case come soon and may go otherwise than they are written: of these something may be proposed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.countries.law import Law
from domain.experiments.exposure import day_of
from domain.planner.case_facts import CaseFacts
from domain.planner.progress import Ladder
from domain.policy.policy import Policy, Step

AHEAD: Final = timedelta(days=3)
"""How soon a step comes of which something is proposed: fresh for as long as it needs, also where a night is missed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of a round of a case that comes soon, and what kind of debtor it goes to."""

    case: int
    round: int
    step: Step
    kind: str


def asked_of(case: int, policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> Sequence[Asked]:
    """The steps of a case that come soon and of which its policy lets something be learned; none that has begun."""
    ladder = Ladder(policy, law, facts, now)
    found = []
    for step in policy.steps:
        if step.learn is None or ladder.has_begun(step) or step.experiment is not None:
            continue
        if ladder.today < day_of(policy, law, facts, step, now) <= ladder.today + AHEAD:
            found.append(Asked(case, facts.round, step, facts.debtor_kind))
    return found
