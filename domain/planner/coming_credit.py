"""What credit of other invoices will pay of a case on its due day, where nothing more happens: its debtor need not pay it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.countries.law import Law
from domain.parties.standing import Says, Thing, standing_of
from domain.planner.case_facts import CaseFacts
from domain.planner.coming_draw import coming_draw
from domain.planner.obstacles import against
from domain.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class ComingCredit:
    """Credit that will pay an invoice on a day; in the invoice's currency."""

    amount: Decimal
    day: date


def coming_credit(
    policy: Policy, law: Law, facts: CaseFacts, now: datetime, *, due: date | None = None
) -> ComingCredit | None:
    """What credit will pay of a case as it stands at `now` (UTC); None from its day on, when it is used.

    `due` is the due date where a message moves it. What is drawn by direct debit is not paid by credit.
    """
    today, day = law.calendar.local_date(now), falls_due(law, facts, due)
    if today >= day or not may_be_used(policy, law, facts, now):
        return None
    drawn = coming_draw(facts, law.calendar, now, due=due) is not None
    return None if drawn else ComingCredit(usable(facts), day)


def may_be_used(policy: Policy, law: Law, facts: CaseFacts, now: datetime) -> bool:
    """Whether the policy lets credit pay a case, there is some, and nothing stands against it."""
    if policy.credit != "use" or usable(facts) <= 0 or facts.claim_due is not None:
        return False
    if against(Thing.CREDIT, facts, law.calendar, now, policy.ignore_balance_below) is not None:
        return False
    # What is known of the debtor counts for all invoices, later ones too: the credit may be an estate's.
    return standing_of(facts.life, law.calendar.local_date(now), law).says(Thing.CREDIT) is Says.ALLOWED


def usable(facts: CaseFacts) -> Decimal:
    """How much credit of other invoices may pay this one: no more than is owed and not disputed."""
    return min(facts.credit, facts.undisputed)


def falls_due(law: Law, facts: CaseFacts, due: date | None = None) -> date:
    """The day from which credit may pay it: the due day, or after the new days of a rejected dispute."""
    day = law.effective_due(due or facts.due_date)
    return max(day, facts.not_before or day)
