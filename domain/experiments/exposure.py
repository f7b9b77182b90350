"""When a debtor comes to the step of an experiment, and whether the invoice is paid in the days after it.

It counts from the day on which the plan has the step, whatever is sent then: who is held out, and whom nothing reached, count as
all others do (*intention to treat*). Else the arms would not be given by lot any more. Whom the step is not for counts in no arm
where that was known on this day already: later an arm may have had a part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from domain.countries.law import Law
from domain.learned.arms import Experiment, SharedArm
from domain.money.amount import LITTLE_MISSING, ZERO
from domain.planner.case_facts import CaseFacts
from domain.planner.progress import Ladder
from domain.policy.policy import Policy, Step

WINDOW_DAYS: Final = 14
"""A debtor paid in time who paid within so many days after the day of the step."""
SMALLEST: Final = 0.05
"""The smallest difference that matters, where an experiment does not say."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """A case that came to a step on a local day; from when until when (UTC) it counts. `paid` is None while its days run."""

    day: date
    since: datetime
    until: datetime
    paid: bool | None


def exposure(policy: Policy, law: Law, facts: CaseFacts, step: Step, now: datetime) -> Exposure | None:
    """How a case came to a step; None before its day, and where it was paid by then, or so little of the principal was left that
    the step is not for it.

    By the due date that the invoice came with: one that was moved later may have been moved for what an arm did.
    """
    first = facts.but(round=1, due_date=facts.first_due or facts.due_date)
    day, today = day_of(policy, law, first, step, now), law.calendar.local_date(now)
    owed = sum((amount for _, amount in facts.principal_changes if amount > 0), ZERO)
    missing = max(policy.ignore_balance_below or ZERO, owed * LITTLE_MISSING)
    before = _left(facts, day - timedelta(days=1))
    if day > today or before <= missing or (step.balance_at_least is not None and before < step.balance_at_least):
        return None
    last = day + timedelta(days=WINDOW_DAYS)
    paid = None if last >= today else not facts.credited and _left(facts, last) <= missing
    since, until = (law.calendar.at(each, time()) for each in (day, last + timedelta(days=1)))
    return Exposure(day, since, until, paid)


def is_by_lot(exposure: Exposure, experiment: Experiment, stopped_on: date | None) -> bool:
    """Whether a case came to the step while arms were given by lot: until the experiment's end, and before the local day on
    which it was stopped, for of that day nobody knows who was written to before."""
    in_time = experiment.until is None or exposure.day <= experiment.until
    return in_time and (stopped_on is None or exposure.day < stopped_on)


def day_of(policy: Policy, law: Law, facts: CaseFacts, step: Step, now: datetime) -> date:
    """The local day on which the plan has a step, as it is written."""
    ladder = Ladder(policy, law, facts, now)
    return law.calendar.local_date(ladder.planned(step) - ladder.spread)


def _left(facts: CaseFacts, day: date) -> Decimal:
    """What was left of the principal at the end of a day, by value date, as is known now."""
    return sum((amount for on, amount in facts.principal_changes if on <= day), ZERO)


def in_order(experiment: Experiment) -> Sequence[SharedArm]:
    """The arms of an experiment, the base first: whom nothing is sent to, else what goes as it is written, else the first."""
    base = next((each for each in experiment.arms if each.arm.held_out), None)
    base = base or next((each for each in experiment.arms if not _changes(each)), experiment.arms[0])
    return [base, *(each for each in experiment.arms if each is not base)]


def _changes(shared: SharedArm) -> bool:
    arm = shared.arm
    return any(each is not None for each in (arm.channel, arm.clock, arm.tone, arm.content)) or arm.held_out


def smallest_of(experiment: Experiment) -> float:
    """The smallest difference that matters in an experiment."""
    return float(experiment.smallest_effect) if experiment.smallest_effect else SMALLEST
