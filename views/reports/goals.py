"""A creditor's goals: what was to be reached, and what was, month by month."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import add_months
from domain.money.amount import to_cents
from domain.money.goals import Goal, reached
from domain.money.receivables import Month, months
from domain.parties.customers_kept import AFTER
from facts.money import receivables
from views import contacts, customers_kept
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, percent, tenths, written_month
from views.reports.steps import COSTS
from views.reports.time_thieves import SENT

MONTHS = 3
REMINDED_FOR = timedelta(days=365)

GOALS = text("select goals from creditor where id = :creditor")


async def _goals(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    told = (await connection.execute(GOALS, asked.values)).scalar_one()
    targets = {Goal(name): Decimal(target) for name, target in told.items()}
    begins = [add_months(asked.on.replace(day=1), -back) for back in range(MONTHS - 1, -1, -1)]
    changes = await receivables.changes(connection, asked.creditor, asked.on, begins)
    money = months(changes, begins, asked.on)
    rows: list[Row] = []
    for place, begin in enumerate(begins):
        last = begins[place + 1] - timedelta(days=1) if place + 1 < MONTHS else asked.on
        invoices = sum(each.invoices for each in changes if each.period == place + 1 and each.what == "invoiced")
        of_month = {currency: of[place] for currency, of in money.items()}
        figures = await _figures(
            connection, asked.within(begin, last), of_month, invoices, Goal.CUSTOMERS_KEPT in targets
        )
        for goal, currency, actual in figures:
            target = targets.get(goal)
            done = reached(goal, target, actual)
            rows.append(
                {
                    "month": written_month(begin),
                    "goal": goal.value,
                    "currency": currency,
                    "target": target,
                    "actual": actual,
                    "reached": None if done is None else "yes" if done else "no",
                }
            )
    judged = [row["reached"] for row in rows if row["month"] == written_month(begins[-1]) and row["reached"]]
    if not targets:
        return rows, "no goals are set"
    return rows, f"{judged.count('yes')} of {len(judged)} goals that can be judged are reached since {begins[-1]}"


async def _figures(
    connection: AsyncConnection, asked: Asked, money: dict[str, Month], invoices: int, wanted: bool
) -> list[tuple[Goal, str | None, Decimal | None]]:
    """What was reached of each goal; of each currency where it is about money. To ask who was kept is long: only if `wanted`."""
    found: list[tuple[Goal, str | None, Decimal | None]] = [
        (Goal.RETURN, currency, percent(month.paid, month.collectable)) for currency, month in money.items()
    ]
    costs = {row.currency: row.cost for row in await connection.execute(COSTS, asked.values)}
    found += [
        (Goal.COST, currency, to_cents(costs.get(currency, 0) / month.paid * 100) if month.paid > 0 else None)
        for currency, month in money.items()
    ]
    counted = await contacts.count(connection, asked.creditor, asked.begins, asked.ends)
    complaints = sum(each.contacts for each in counted if each.topic == "complaint")
    found.append((Goal.COMPLAINTS, None, tenths(Decimal(complaints * 1000) / invoices) if invoices > 0 else None))
    found.append((Goal.CUSTOMERS_KEPT, None, await _kept(connection, asked) if wanted else None))
    sent = (await connection.execute(SENT, asked.values)).one()
    found.append((Goal.DIGITAL, None, percent(sent.messages - sent.letters, sent.messages)))
    return found


async def _kept(connection: AsyncConnection, asked: Asked) -> Decimal | None:
    year = asked.within(asked.on - REMINDED_FOR, asked.on)
    kept = await customers_kept.kept(connection, asked.creditor, year.start, asked.on)
    reminded = next((each for each in kept if each.by == "all"), None)
    return percent(reminded.kept[AFTER[0]], reminded.seen[AFTER[0]]) if reminded else None


GOALS_REACHED = ReportSpec(
    "goals",
    "Goals, month by month",
    (
        CREDITOR,
        Column("month", "text", "As 2026-07; the last one is so far."),
        Column("goal", "text", "`return`, `cost`, `complaints`, `customers_kept` or `digital`."),
        Column("currency", "text", "Of return and cost."),
        Column("target", "count", "What the creditor wants; empty where it wants nothing."),
        Column("actual", "count", "What it was; empty where there is nothing to reckon with."),
        Column("reached", "text", "Whether it is: at least the target; of cost and complaints at most."),
    ),
    _goals,
    ("goal", ("actual",)),
)
