"""Credit of a debtor's other invoices, where the policy lets it pay this one: from the due day on, before anything is asked for.

The creditor sets off what it owes against what is owed to it. So it waits until that is due, touches nothing that is
disputed, agreed upon or on its way, and never what belongs to an estate; and the debtor hears of each.
"""

from dataclasses import replace
from datetime import datetime

from domain.countries.law import Law
from domain.money.allocation import Owed, allocate
from domain.money.amount import ZERO
from domain.planner.action import Action, ActionKind, register_action, wait
from domain.planner.case_facts import CaseFacts, CreditUsed, Paid
from domain.planner.coming_credit import falls_due, may_be_used, usable
from domain.planner.effects import ON_PAPER
from domain.planner.obstacles import GOES_ON_AT
from domain.planner.progress import Ladder

USE_CREDIT = register_action("use credit")


def use_credit(ladder: Ladder) -> Action | None:
    """Using what the debtor has in credit, once the invoice is due; None where there is none, or something stands against it."""
    if not _may_be_used(ladder) or ladder.today < falls_due(ladder.law, ladder.facts):
        return None
    why = f"the debtor has credit: {usable(ladder.facts)} {ladder.facts.currency} of it pays this invoice"
    return Action(USE_CREDIT, why, at=ladder.now)


def not_past_the_due_day(ladder: Ladder, action: Action) -> Action:
    """The case looks again on the morning of the due day, where there will be credit to use."""
    if action.kind is ActionKind.CLOSE or not _may_be_used(ladder):
        return action
    due = falls_due(ladder.law, ladder.facts)
    morning = ladder.calendar.at(due, GOES_ON_AT)
    if ladder.today >= due or (action.at is not None and action.at <= morning):
        return action
    return replace(wait(action.why, at=morning, step=action.step, flag=action.flag), left_out=action.left_out)


def used_on_paper(facts: CaseFacts, _action: Action, law: Law, now: datetime) -> CaseFacts:
    """The credit has paid the invoice, as far as it goes."""
    amount, on = usable(facts), law.calendar.local_date(now)
    fees = facts.balance - facts.principal - facts.interest
    parts = dict(allocate(amount, Owed(facts.principal, facts.interest, fees), facts.allocation).parts)
    principal = parts.get("principal", ZERO)
    paid = amount + (facts.paid.amount if facts.paid else ZERO)
    return replace(
        facts,
        balance=facts.balance - amount,
        principal=facts.principal - principal,
        interest=facts.interest - parts.get("interest", ZERO),
        principal_changes=(*facts.principal_changes, (on, -principal)) if principal else facts.principal_changes,
        paid=Paid(paid, now, on, bool(facts.paid and facts.paid.announced), facts.paid.days if facts.paid else ()),
        credited=False,
        credit=facts.credit - amount,
        credit_used=CreditUsed("0", now, amount, ()),
    )


ON_PAPER[USE_CREDIT] = used_on_paper


def _may_be_used(ladder: Ladder) -> bool:
    return may_be_used(ladder.policy, ladder.law, ladder.facts, ladder.now)
