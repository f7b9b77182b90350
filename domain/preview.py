"""What a case would do from here on: the planner asked again and again, each act done as if on paper."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.action import Action, ActionKind
from domain.case_facts import CaseFacts, Delivery, DeliveryState, HandOffState
from domain.law import EarlierFee, Law
from domain.planner import fee_to_charge, next_action
from domain.policy import Channel, Policy

MOST_TURNS = 500  # far more than any policy's steps, channels, retries and rounds within a year
READ_AFTER = timedelta(hours=3)  # how soon a debtor who reads a channel reads it
TASK_OF = {
    ActionKind.OPEN_CALL_TASK: "call",
    ActionKind.OPEN_ADDRESS_TASK: "address",
    ActionKind.REQUEST_APPROVAL: "approval",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the debtor and the people around answer: nobody pays; `reads` is the channel the debtor reads, or none."""

    reads: Channel | None = None
    approves: bool = True


@dataclass(frozen=True, slots=True)
class PreviewedAct:
    """One act and the moment (UTC) it happens, with the fee it charges and the last day it gives to pay."""

    at: datetime
    action: Action
    fee: Decimal = Decimal(0)
    deadline: date | None = None


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
        case ActionKind.OPEN_CALL_TASK | ActionKind.OPEN_ADDRESS_TASK | ActionKind.REQUEST_APPROVAL:
            facts = replace(facts, tasks=facts.tasks | {(TASK_OF[action.kind], action.step or "")})
            if action.kind is ActionKind.REQUEST_APPROVAL and outcome.approves:
                facts = replace(facts, approval="approved")
        case ActionKind.NEW_ROUND:
            none: frozenset[str] = frozenset()
            facts = replace(facts, round=facts.round + 1, tasks=frozenset(), skipped=none, send_now=none, approval=None)
        case ActionKind.HAND_OFF:
            facts = replace(facts, hand_off=HandOffState.ACCEPTED)
        case ActionKind.WRITE_OFF:
            facts = replace(facts, balance=facts.principal)
    return done, facts


def _delivered(
    policy: Policy, law: Law, facts: CaseFacts, now: datetime, action: Action, channel: Channel, outcome: Outcome
) -> tuple[PreviewedAct, CaseFacts]:
    step = policy.steps[policy.index[action.step or ""]]
    today = arrives = law.calendar.local_date(now)
    posted = None
    if channel is Channel.LETTER:
        posted = law.calendar.add_banking_days(today, 1)
        arrives = law.calendar.add_banking_days(posted, law.letter_transit_days)
    deadline = None
    if step.deadline_days is not None and not action.alert:
        deadline = law.calendar.banking_day_on_or_after(arrives + timedelta(days=step.deadline_days))
    fee = Decimal(0) if action.alert else fee_to_charge(policy, law, facts, step, today)
    delivery = Delivery(
        round=facts.round,
        step=step.id,
        channel=channel,
        state=DeliveryState.ACCEPTED,
        claimed_at=now,
        alert=action.alert,
        accepted_at=now,
        delivered_at=now,
        read_at=now + READ_AFTER if channel is outcome.reads and not action.alert else None,
        posted_on=posted,
        deadline=deadline,
        fee=fee,
    )
    before = (d for d in facts.deliveries if not _same_place(d, delivery))
    facts = replace(facts, deliveries=(*before, delivery), balance=facts.balance + fee)
    if fee:
        facts = replace(facts, earlier_fees=(*facts.earlier_fees, EarlierFee(today, deadline)))
    if not action.alert:
        facts = replace(facts, recent_contacts=(*facts.recent_contacts, now))
    return PreviewedAct(now, action, fee, deadline), facts


def _same_place(before: Delivery, after: Delivery) -> bool:
    """Whether the later delivery is the earlier one tried again."""
    place = (before.round, before.step, before.channel, before.alert)
    return place == (after.round, after.step, after.channel, after.alert)
