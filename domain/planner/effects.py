"""What an act changes in the facts: the planner can go on from there without asking the database again."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from domain.countries.law import EarlierFee
from domain.money.allocation import Change
from domain.money.amount import ZERO
from domain.planner.action import Action
from domain.planner.case_facts import CaseFacts, Delivery, DeliveryState, Plan
from domain.planner.notices import asked_of
from domain.vocabulary import Channel


def delivered(
    facts: CaseFacts,
    action: Action,
    now: datetime,
    today: date,
    *,
    fee: Decimal,
    deadline: date | None,
    due_date: date,
    compensates: bool = False,
    interest: Decimal = ZERO,
    principal_changes: tuple[Change, ...] = (),
) -> CaseFacts:
    """The facts after a provider accepted the action's message at `now` (`today` in the debtor's zone).

    `fee` was added to the debt, as a compensation or not, and so was `interest`, which ran on the principal as it
    changed; `deadline` is printed in the message, `due_date` is the one now in force.
    """
    key = (facts.round, action.step, action.channel)
    before = next((d for d in facts.deliveries if (d.round, d.step, d.channel) == key), None)
    delivery = Delivery(
        round=facts.round,
        step=action.step or "",
        channel=action.channel or Channel.PHONE,
        state=DeliveryState.ACCEPTED,
        claimed_at=now,
        attempt=before.attempt + 1 if before else 1,
        alert=action.alert,
        accepted_at=now,
        deadline=deadline,
        asked=asked_of(facts, fee + interest),
    )
    charged = (EarlierFee(today, deadline),) if fee and not compensates else ()
    return replace(
        facts,
        due_date=due_date,
        balance=facts.balance + fee + interest,
        charged=facts.charged + fee,
        compensation=facts.compensation + (fee if compensates else ZERO),
        interest_charged=facts.interest_charged + interest,
        interest_through=today if interest else facts.interest_through,
        principal_changes=principal_changes or facts.principal_changes,
        plan=_with_chance(facts, action, deadline),
        deliveries=(*(d for d in facts.deliveries if d is not before), delivery),
        recent_contacts=facts.recent_contacts if action.alert else (*facts.recent_contacts, now),
        earlier_fees=facts.earlier_fees + charged,
    )


def _with_chance(facts: CaseFacts, action: Action, deadline: date | None) -> Plan | None:
    """The plan, with the one chance that a message about its breach gives."""
    told = facts.plan is not None and action.step == f"plan-broken#{facts.plan.id}"
    return replace(facts.plan, chance_until=deadline) if facts.plan and told else facts.plan
