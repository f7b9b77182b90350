"""Collection notices: what one asked for, which one a hand-off may rest on, and how often it is renewed."""

from collections.abc import Iterable
from decimal import Decimal

from domain.countries.law import Law
from domain.money.amount import ZERO
from domain.planner.case_facts import Asked, CaseFacts, Delivery
from domain.planner.evidence import stands
from domain.policy.policy import Policy, StepKind

MOST_NOTICES = 2  # the first, and one that renews it; what comes after that is for a person to decide


def asked_of(facts: CaseFacts, added: Decimal = ZERO) -> Asked:
    """What a message asks for now: all that is not disputed, with the fee and interest that it adds.

    A dispute over more than what is left of the principal takes its rest off the costs.
    """
    due = max(ZERO, facts.balance + added - facts.disputed_amount)
    principal = min(due, max(ZERO, facts.principal - facts.disputed_amount))
    return Asked(principal, due - principal)


def covered(asked: Asked, owed: Asked) -> Decimal:
    """How much of what is owed was asked for: principal and costs apart, since neither makes up for the other."""
    return min(owed.principal, asked.principal) + min(owed.costs, asked.costs)


def covers(notice: Delivery, facts: CaseFacts) -> bool:
    """Whether a notice asked for all that would be handed off: whatever was added since needs a notice of its own.

    A dispute that was rejected in part, a payment that was taken back, a new fee: each raises the claim. A notice
    from before the case was ours is taken to have asked for the claim as it came to us.
    """
    owed, asked = asked_of(facts), notice.asked
    return asked is None or covered(asked, owed) == owed.total


def notices_in_force(policy: Policy, sent: Iterable[Delivery]) -> list[Delivery]:
    """The notices that stand, of every round, oldest first."""
    steps = {step.id for step in policy.steps if step.kind is StepKind.COLLECTION_NOTICE}
    notices = (each for each in sent if each.step in steps and not each.alert and stands(each))
    return sorted(notices, key=lambda each: each.sent_at)


def renewed(policy: Policy, law: Law, facts: CaseFacts, sent: Iterable[Delivery]) -> bool:
    """Whether the notice of this due date was renewed already, as it is once at most."""
    due = law.effective_due(facts.due_date)
    rounds = {each.round for each in notices_in_force(policy, sent) if law.calendar.local_date(each.sent_at) > due}
    return len(rounds) >= MOST_NOTICES
