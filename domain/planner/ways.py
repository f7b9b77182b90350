"""Which way a contact goes that is tried or learned at: in its debtor's arm, else as is proposed within what its policy allows.

An arm is as good as what its policy says. A proposal stands beside the ladder: where both may come, the earlier holds, and
where both come at once it is the ladder's hour.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.learned.arms import Arm, Proposal, step_under
from domain.learned.guess import UseOfGuess
from domain.parties.standing import Standing, Thing
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts
from domain.planner.progress import Ladder
from domain.planner.timing import contact_time, earliest
from domain.policy.policy import Policy, Step

HELD_OUT_OF_IT = "held out of it"
"""How a decision says that nothing is sent in the arm."""
LEARN = "learn"
"""The word of a policy by which a proposal is used."""
AS_PROPOSED = "goes as was proposed"
"""How a decision says that a proposal was taken; what was proposed stays with the proposal, and goes with it."""


@dataclass(frozen=True, slots=True)
class Way:
    """The arm in which a step goes, and why, in words."""

    arm: Arm
    why: str

    def taken(self, action: Action) -> Action:
        """A contact that goes in it."""
        contact = action.kind in (ActionKind.DELIVER, ActionKind.OPEN_CALL_TASK) and not action.alert
        return replace(action, arm=self.arm, why=f"{action.why}; {self.why}") if contact else action


def way_of(step: Step, facts: CaseFacts, standing: Standing, now: datetime) -> Way | None:
    """The arm of a debtor at a step, or what is proposed; None where it goes as it is written.

    Whoever may not be guessed about is in no experiment, and nothing is proposed for them.
    """
    if standing.never(Thing.PROFILING):
        return None
    if (experiment := step.experiment) is not None:
        name = next((each.arm for each in facts.arms if each.experiment == experiment.id), "")
        shared = experiment.called(name)
        return Way(shared.arm, f"in the arm {name} of {experiment.id}") if shared else None
    proposal = proposed(step, facts, now)
    return Way(proposal.arm, AS_PROPOSED) if proposal else None


def proposed(step: Step, facts: CaseFacts, now: datetime) -> Proposal | None:
    """What is proposed of a step in this round and may be used; None where that is nothing, or more than may be learned."""
    if (learn := step.learn) is None:
        return None
    of_it = (each for each in facts.proposals if (each.round, each.step) == (facts.round, step.id))
    return next((each for each in of_it if each.stands(now) and learn.allows(step, each.arm)), None)


def use_of_way(
    policy: Policy, step: Step, facts: CaseFacts, standing: Standing, now: datetime, *, taken: bool
) -> UseOfGuess | None:
    """In which arm, or as which proposal, a step went or was held out; None where it goes as it is written.

    An arm is of the policy's text: that is its version.
    """
    way = way_of(step, facts, standing, now)
    if way is None or way.arm.held_out is taken:
        return None
    if step.experiment is not None:
        name = next(each.arm for each in facts.arms if each.experiment == step.experiment.id)
        asked = f"experiment {step.experiment.id}: {name}"
        return UseOfGuess(step.id, taken, asked, None, None, f"policy {policy.text_hash[:12]}", now)
    proposal = proposed(step, facts, now)
    return UseOfGuess(step.id, taken, LEARN, None, None, proposal.version, proposal.at) if proposal else None


def step_to_begin(ladder: Ladder, step: Step) -> tuple[Step | None, Way | None]:
    """A step as it is to begin, and the way that this is, where it is not as written; no step where its debtor is held out.

    An hour moves it within its own local day, else its own hour stands. Of a proposal whose hour would come later than the
    step's, or was past when it was made, nothing is taken. What a person asks for goes as it is written.
    """
    way = None if ladder.asked(step) else way_of(step, ladder.facts, ladder.standing, ladder.now)
    if way is None:
        return step, None
    changed = step_under(step, way.arm)
    if changed is None or way.arm.clock is None:
        return changed, way
    at, own = _comes(ladder, changed), _comes(ladder, step)
    if (proposal := proposed(step, ladder.facts, ladder.now)) is not None:
        in_time = at <= own and ladder.planned(changed) >= proposal.at
        return (changed, way) if in_time else (step, None)
    day = ladder.calendar.local_date
    return changed if day(at) == day(own) else replace(changed, at=step.at), way


def step_begun(ladder: Ladder, step: Step) -> tuple[Step, Way | None]:
    """A step that was begun, with the channel first by which it began, and the way in which it goes on.

    Whether it began as was proposed is asked no more: only a proposal that is of words alone is still one.
    """
    used = ladder.deliveries.get(step.id, {}).values()
    if step.learn is None and step.experiment is None:
        return step, None
    way = way_of(step, ladder.facts, ladder.standing, ladder.now)
    if ladder.asked(step) or (way is not None and step.learn is not None and way.arm.moves):
        way = None
    if used and step.chain:
        step = step_under(step, Arm(min(used, key=lambda each: each.claimed_at).channel)) or step
    return step, way


def looks_at(ladder: Ladder, step: Step) -> datetime | None:
    """When a case looks whether an earlier hour is proposed; None where that is known, or none could be."""
    if step.learn is None or step.learn.hours is None or proposed(step, ladder.facts, ladder.now):
        return None
    planned = ladder.planned(step)
    first = ladder.calendar.at(ladder.calendar.local_date(planned), step.learn.hours[0])
    look = ladder.calendar.next_contact_time(first, ladder.law.contact_hours)
    return look if ladder.now < look < planned else None


def _comes(ladder: Ladder, step: Step) -> datetime:
    """When a step would come by its hour."""
    at, _ = earliest(ladder, step, ladder.planned(step))
    return contact_time(ladder, at)
