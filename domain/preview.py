"""What a case would do from here on: the planner asked again and again, each act done as if on paper."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain import told
from domain.action import Action, ActionKind
from domain.allocation import Change, interest_to_take_back
from domain.case_facts import CaseFacts, HandOffState
from domain.effects import delivered
from domain.interest import accrued
from domain.law import Law
from domain.money import ZERO
from domain.occasions import step_named
from domain.planner import fee_to_charge, next_action
from domain.policy import Channel, Policy, Step, StepKind

MOST_TURNS = 500  # far more than any policy's steps, channels, retries and rounds within a year
READ_AFTER = timedelta(hours=3)  # how soon a debtor who reads a channel reads it
TASK_OF = {
    ActionKind.OPEN_CALL_TASK: "call",
    ActionKind.OPEN_ADDRESS_TASK: "address",
    ActionKind.OPEN_DECISION_TASK: "decision",
    ActionKind.REQUEST_APPROVAL: "approval",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the debtor and the people around answer: nobody pays; `reads` is the channel the debtor reads, or none."""

    reads: Channel | None = None
    approves: bool = True


@dataclass(frozen=True, slots=True)
class PreviewedAct:
    """One act and the moment (UTC) it happens, with the fee and interest it charges and the last day it gives to pay."""

    at: datetime
    action: Action
    fee: Decimal = ZERO
    deadline: date | None = None
    interest: Decimal = ZERO


def preview(
    policy: Policy,
    law: Law,
    facts: CaseFacts,
    now: datetime,
    outcome: Outcome | None = None,
    *,
    until: datetime | None = None,
) -> list[PreviewedAct]:
    """The acts a case comes to from `now` (UTC) on, the last being its end or what it then waits for.

    Every provider answers at once, letters are posted on the next banking day and bank data stays fresh. With
    `until`, only the acts through that moment.
    """
    outcome = outcome or Outcome()
    acts: list[PreviewedAct] = []
    for _ in range(MOST_TURNS):
        facts = _fresh_bank_data(facts, law.calendar.local_date(now))
        action = next_action(policy, law, facts, now)
        ends = action.kind is ActionKind.CLOSE or action.at is None
        if ends or (action.kind is ActionKind.WAIT and action.is_due(now)):
            if until is None:
                acts.append(PreviewedAct(now, action))
            break
        if action.at is not None and action.at > now:
            now = action.at
            if until is not None and now > until:
                break
            continue
        act, facts = _done(policy, law, facts, now, action, outcome)
        acts.append(act)
    return acts


def _fresh_bank_data(facts: CaseFacts, today: date) -> CaseFacts:
    through = facts.bank_data_through
    return facts if through is not None and through >= today else replace(facts, bank_data_through=today)


def _done(
    policy: Policy, law: Law, facts: CaseFacts, now: datetime, action: Action, outcome: Outcome
) -> tuple[PreviewedAct, CaseFacts]:
    """The act, and the facts after it."""
    done = PreviewedAct(now, action)
    match action.kind:
        case ActionKind.DELIVER if action.channel is not None:
            return _delivered(policy, law, facts, now, action, action.channel, outcome)
        case kind if kind in TASK_OF:
            facts = replace(facts, tasks=facts.tasks | {(TASK_OF[action.kind], action.step or "")})
            if action.kind is ActionKind.REQUEST_APPROVAL and outcome.approves:
                facts = replace(facts, approval="approved")
        case ActionKind.NEW_ROUND:
            none: frozenset[str] = frozenset()
            facts = replace(facts, round=facts.round + 1, tasks=frozenset(), skipped=none, send_now=none, approval=None)
        case ActionKind.BLOCK_SERVICE:
            facts = replace(facts, blocked=True)
        case ActionKind.END_PLAN:
            facts = replace(facts, plan=None)
        case ActionKind.TAKE_BACK_INTEREST if facts.interest_through is not None:
            ran = accrued(facts.principal_changes, facts.due_date, facts.interest_through, law)
            wrong = interest_to_take_back(facts.interest_charged, ran)
            facts = replace(facts, balance=facts.balance - wrong, interest_charged=facts.interest_charged - wrong)
        case ActionKind.HAND_OFF:
            facts = replace(facts, hand_off=HandOffState.ACCEPTED)
        case ActionKind.WRITE_OFF:
            facts = replace(facts, balance=facts.principal)
    return done, facts


def _delivered(
    policy: Policy, law: Law, facts: CaseFacts, now: datetime, action: Action, channel: Channel, outcome: Outcome
) -> tuple[PreviewedAct, CaseFacts]:
    step = step_named(policy, action.step or "")
    today = law.calendar.local_date(now)
    posted = law.calendar.add_banking_days(today, 1) if channel is Channel.LETTER else None
    arrives = told.arrival(channel, today, law)
    moved = told.moved_due_date(facts, arrives, law) if step.message == "invoice" else None
    deadline = None if action.alert else moved or told.deadline_to_print(policy, law, facts, step, arrives)
    fee = ZERO if action.alert else fee_to_charge(policy, law, facts, step, today)
    interest = ZERO if action.alert else _interest(policy, law, facts, step, today)
    facts = delivered(
        facts,
        action,
        now,
        today,
        fee=fee,
        deadline=deadline,
        due_date=moved or facts.due_date,
        compensates=step.fee.kind == "compensation",
        interest=interest,
        principal_changes=_principal_changes(facts),
    )
    read_at = now + READ_AFTER if channel is outcome.reads and not action.alert else None
    sent = replace(facts.deliveries[-1], delivered_at=now, read_at=read_at, posted_on=posted, fee=fee)
    facts = replace(facts, deliveries=(*facts.deliveries[:-1], sent))
    return PreviewedAct(now, action, fee, deadline, interest), facts


def _interest(policy: Policy, law: Law, facts: CaseFacts, step: Step, today: date) -> Decimal:
    """What a collection notice claims, where the policy wants interest: all that ran, less what was claimed before."""
    if policy.interest == "none" or step.kind is not StepKind.COLLECTION_NOTICE or facts.minor:
        return ZERO
    undisputed = (*_principal_changes(facts), (facts.issue_date, -facts.disputed_amount))
    return max(ZERO, accrued(undisputed, facts.due_date, today, law) - facts.interest_charged)


def _principal_changes(facts: CaseFacts) -> tuple[Change, ...]:
    return facts.principal_changes or ((facts.issue_date, facts.principal),)
