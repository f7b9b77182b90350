"""Whether a step may be asked for at once: only on a day on which its message is true and breaks no word given."""

from datetime import datetime

from domain.countries.law import Law
from domain.parties.speakers import addressee_of
from domain.parties.standing import standing_of
from domain.planner import told
from domain.planner.case_facts import CaseFacts
from domain.planner.occasions import heeded
from domain.policy.policy import Policy

_SAYS_LATE = frozenset({"reminder", "collection-notice", "block-warning", "termination-warning"})


def refusal(policy: Policy, law: Law, facts: CaseFacts, step_id: str, now: datetime) -> str | None:
    """Why a step cannot be sent at `now` (UTC), in words for the person who asks; None when it can."""
    position = policy.index.get(step_id)
    if position is None:
        return f"the policy has no step {step_id!r}"
    step, today, due = policy.steps[position], law.calendar.local_date(now), law.effective_due(facts.due_date)
    if step.message == "due-date-reminder" and today != due:
        return f"{step_id} says that the invoice is due today: that is true on {due} alone"
    if step.message in _SAYS_LATE and today <= due:
        return f"{step_id} says that the payment is late: the invoice is due on {due}"
    sent = told.messages(policy, law, facts)
    addressee = addressee_of(standing_of(facts.life, today, law))
    if told.is_hard(step) and told.last_heard(addressee, sent) is None:
        who = f"the {addressee} has heard nothing" if addressee else "nothing was heard"
        return f"{who} of this claim yet: a free reminder goes before {step_id}"
    given = told.latest_deadline(policy, law, heeded(step, sent), but=(facts.round, step_id))
    if given is not None and today <= given:
        return f"the debtor was given until {given}: {step_id} comes after that"
    return None
