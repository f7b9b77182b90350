"""The invoice itself: its numbers, what it has come to, the interest that runs, its lines and its PDF."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.countries.law import Law
from domain.countries.rows import LawMissing
from domain.money.charges import Charge, ChargeKind
from domain.money.interest import accrued, per_day, spells
from domain.vocabulary import DebtorKind
from planning.service import PlannedCase
from web.invoice_page.shown import Shown


@dataclass(frozen=True, slots=True)
class RunningInterest:
    """Late-payment interest as it runs today; amounts in the invoice's currency."""

    rate: Decimal  # percent a year
    since: date
    today: Decimal  # through today
    per_day: Decimal
    asked: Decimal  # what the latest notice has claimed of it: the rest is not asked for here


async def facts(shown: Shown) -> dict[str, Any]:
    """What was paid so far, the interest, and by which law there is each fee and the interest."""
    invoice, law = shown.invoice, shown.planned.law if shown.planned else None
    kind: DebtorKind = shown.planned.case.facts.debtor_kind if shown.planned else "any"
    return {
        "paid_so_far": invoice.amount - (invoice.balance - invoice.fee - invoice.interest),
        "law_of_fee": {charge: _law_of_fee(law, charge, kind) for charge in invoice.charges},
        "law_of_interest": _named(law, "interest", shown.today, kind),
        "interest": running_interest(shown.planned, shown.today) if shown.planned else None,
    }


def _law_of_fee(law: Law | None, charge: Charge, kind: DebtorKind) -> str:
    """By which law there is a fee; a compensation says that in its name."""
    return _named(law, "fees", charge.on, kind) if charge.kind is ChargeKind.FEE else ""


def _named(law: Law | None, table: str, on: date, kind: DebtorKind) -> str:
    """The law behind a table of the country's, as it stood on a day; empty where none is named."""
    source = law.source(table, on, kind) if law else None
    return source.named if source else ""


def running_interest(planned: PlannedCase, today: date) -> RunningInterest | None:
    """The interest to the day, once a collection notice has claimed any; None where the law has no rate of today."""
    facts, law = planned.case.facts, planned.law
    if facts.interest_through is None:
        return None
    try:
        due = law.interest_due(facts.due_date, facts.issue_date, facts.debtor_kind)
        ran = spells(facts.principal_changes, due, today, law, facts.debtor_kind)
        rate = law.interest_rate(today, facts.debtor_kind)
    except LawMissing:
        return None
    return RunningInterest(
        rate=rate,
        since=due + timedelta(days=1),
        today=accrued(facts.principal_changes, due, today, law, facts.debtor_kind),
        per_day=per_day(ran[-1].principal, rate) if ran else Decimal(0),
        asked=facts.interest_charged,
    )
