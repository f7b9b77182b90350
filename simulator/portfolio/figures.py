"""What the weeks came to by either plan: figures that are the same whenever the same people live through the same weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import add_months
from domain.money.amount import ZERO, to_cents
from domain.money.receivables import BUCKETS, Change, ageing, days_sales_outstanding, months
from facts.money import receivables
from views.reports.receivables import WINDOW
from views.reports.report import tenths

CURRENCY = "NOK"
MESSAGES = text("""
select channel, count(*) as messages, sum(cost) as cost from delivery
where creditor_id = any(:creditors) and accepted_at is not null and state <> 'shadow' group by channel order by channel
""")
CASES = text("""
select count(*) as invoices, count(*) filter (where outcome = 'paid') as paid,
  count(*) filter (where outcome = 'handed off') as "handed off",
  (select count(*) from promise p join dunning_case x on x.id = p.case_id where x.creditor_id = any(:creditors)) as promises,
  (select count(*) from instalment_plan where creditor_id = any(:creditors)) as plans,
  (select count(*) from dispute d join dunning_case x on x.id = d.case_id where x.creditor_id = any(:creditors)) as disputes
from dunning_case c where creditor_id = any(:creditors)
""")


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one creditor or several; amounts are kroner, as the ledger has them on the last day."""

    invoiced: Decimal
    collected: Decimal
    outstanding: Decimal
    late: Decimal
    ageing: Mapping[str, Decimal]
    credit: Decimal
    balance: Decimal
    dso: Decimal | None
    charged: Decimal
    cost: Decimal
    cost_of_100: Decimal | None
    messages: Mapping[str, int]
    cases: Mapping[str, int]
    by_week: Sequence[Decimal]

    def told(self) -> dict[str, Any]:
        """For machines: amounts as text."""
        amounts = ("invoiced", "collected", "outstanding", "late", "credit", "balance", "charged", "cost")
        return {
            **{name: str(getattr(self, name)) for name in amounts},
            "cost_of_100": None if self.cost_of_100 is None else str(self.cost_of_100),
            "dso_days": None if self.dso is None else str(self.dso),
            "ageing": {bucket: str(amount) for bucket, amount in self.ageing.items()},
            "messages": dict(self.messages),
            "cases": dict(self.cases),
            "collected_by_week": [str(amount) for amount in self.by_week],
        }


async def of(connection: AsyncConnection, creditors: Sequence[str], first: date, last: date) -> Figures:
    """What became of these creditors' invoices from the first day through the last."""
    weeks = [first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)]
    begins = [add_months(last.replace(day=1), -back) for back in range(WINDOW - 1, -1, -1)]
    by_week = [change for each in creditors for change in await receivables.changes(connection, each, last, weeks)]
    by_month = [change for each in creditors for change in await receivables.changes(connection, each, last, begins)]
    owed = ageing(by_week, last)[CURRENCY]
    sent = (await connection.execute(MESSAGES, {"creditors": list(creditors)})).all()
    cases = (await connection.execute(CASES, {"creditors": list(creditors)})).mappings().one()
    collected, cost = _paid(by_week), sum((row.cost for row in sent), ZERO)
    return Figures(
        invoiced=to_cents(_sum(by_week, "invoiced")),
        collected=to_cents(collected),
        outstanding=to_cents(owed.owed),
        late=to_cents(owed.late),
        ageing={bucket: to_cents(owed.by_bucket[bucket]) for bucket in BUCKETS},
        credit=to_cents(owed.credit),
        balance=to_cents(owed.balance),
        dso=tenths(days_sales_outstanding(months(by_month, begins, last)[CURRENCY])),
        charged=to_cents(_sum(by_week, "charged")),
        cost=to_cents(cost),
        cost_of_100=to_cents(cost / collected * 100) if collected > 0 else None,
        messages={row.channel: row.messages for row in sent},
        cases=dict(cases),
        by_week=[
            to_cents(_paid([change for change in by_week if change.period == period]))
            for period in range(1, len(weeks) + 1)
        ],
    )


def _sum(changes: Sequence[Change], what: str) -> Decimal:
    return sum((change.amount for change in changes if change.what == what), ZERO)


def _paid(changes: Sequence[Change]) -> Decimal:
    return -_sum(changes, "paid")
