"""What is owed, and how it comes in: read from the ledger as it was known on the day that is asked for."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import add_months
from domain.money.amount import ZERO, to_cents
from domain.money.receivables import (
    BUCKETS,
    FELL_DUE,
    Month,
    ageing,
    cash_forecast,
    days_sales_outstanding,
    months,
    roll_rates,
    weeks_seen,
)
from facts.money import receivables
from views.reports.report import (
    CREDITOR,
    CURRENCY,
    Asked,
    Column,
    ReportSpec,
    Row,
    in_a_sentence,
    percent,
    tenths,
    written_month,
)

MONTHS = 12
WINDOW = 3  # months that days sales outstanding looks back on
MONTH = Column("month", "text", "As 2026-07; the last one is so far.")


async def _ageing(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    by_currency = ageing(await receivables.changes(connection, asked.creditor, asked.on), asked.on)
    rows = [
        {
            "currency": currency,
            **{bucket: to_cents(owed) for bucket, owed in each.by_bucket.items()},
            "owed": to_cents(each.owed),
            "credit": to_cents(each.credit),
            "balance": to_cents(each.balance),
            "invoices": each.invoices,
        }
        for currency, each in by_currency.items()
    ]
    said = (
        f"{each.owed:,.2f} {currency} is owed on {each.invoices} invoices, {each.late:,.2f} of it past its due date"
        for currency, each in by_currency.items()
    )
    return rows, in_a_sentence(said, asked)


async def _dso(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    rows: list[Row] = []
    said: list[str] = []
    for currency, of in (await _months(connection, asked, MONTHS + WINDOW - 1)).items():
        windows = [of[place : place + WINDOW] for place in range(MONTHS)]
        days = [tenths(days_sales_outstanding(window)) for window in windows]
        rows += _known(
            [
                {
                    "currency": currency,
                    "month": written_month(window[-1].first),
                    "owed": to_cents(window[-1].closing),
                    "invoiced": to_cents(sum((month.invoiced - month.credited for month in window), ZERO)),
                    "days": found,
                }
                for window, found in zip(windows, days, strict=True)
            ]
        )
        said.append(
            f"{days[-1]} days of invoicing in {currency} stand unpaid"
            if days[-1] is not None
            else f"nothing was invoiced in {currency} in three months"
        )
    return rows, in_a_sentence(said, asked)


async def _effectiveness(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    rows: list[Row] = []
    said: list[str] = []
    for currency, of in (await _months(connection, asked, MONTHS)).items():
        rows += _known(
            [
                {
                    "currency": currency,
                    "month": written_month(month.first),
                    "opening": to_cents(month.opening),
                    "added": to_cents(month.invoiced + month.charged - month.credited),
                    "paid": to_cents(month.paid),
                    "closing": to_cents(month.closing),
                    "closing_not_due": to_cents(month.closing_not_due),
                    "effectiveness": percent(month.paid, month.collectable),
                }
                for month in of
            ]
        )
        share = percent(of[-1].paid, of[-1].collectable)
        said.append(
            f"{share} % of what could be collected in {currency} since {of[-1].first} came in"
            if share is not None
            else f"there was nothing to collect in {currency} since {of[-1].first}"
        )
    return rows, in_a_sentence(said, asked)


async def _write_offs(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    rows: list[Row] = []
    said: list[str] = []
    for currency, of in (await _months(connection, asked, MONTHS)).items():
        rows += _known(
            [
                {
                    "currency": currency,
                    "month": written_month(month.first),
                    "written_off": to_cents(month.written_off),
                    "recovered": to_cents(month.recovered),
                    "credited": to_cents(month.credited),
                    "invoiced": to_cents(month.invoiced),
                    "written_off_percent": percent(month.written_off, month.invoiced),
                }
                for month in of
            ]
        )
        lost = sum((month.written_off for month in of), ZERO)
        said.append(f"{lost:,.2f} {currency} was written off since {of[0].first}")
    return rows, in_a_sentence(said, asked)


async def _roll_rates(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    before = add_months(asked.on, -1)
    changes = await receivables.changes(connection, asked.creditor, asked.on, [before + timedelta(days=1)])
    rows: list[Row] = []
    said: list[str] = []
    for currency, of in roll_rates(changes, before, asked.on).items():
        rows += [
            {
                "currency": currency,
                "bucket": bucket,
                "amount": to_cents(then),
                "still_owed": to_cents(still),
                "rolled": percent(still, then),
            }
            for bucket, (then, still) in of.items()
        ]
        then, still = of[FELL_DUE]
        said.append(
            f"{percent(still, then)} % of what fell due in {currency} since {before} is still owed"
            if then
            else f"nothing fell due in {currency} since {before}"
        )
    return rows, in_a_sentence(said, asked)


async def _forecast(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    changes = await receivables.changes(connection, asked.creditor, asked.on, weeks_seen(asked.on))
    rows: list[Row] = []
    said: list[str] = []
    for currency, weeks in cash_forecast(changes, asked.on).items():
        comes = ZERO
        for week, amount in weeks:
            comes += amount
            rows.append({"currency": currency, "week": week, "expected": to_cents(amount), "in_all": to_cents(comes)})
        said.append(f"{comes:,.2f} {currency} of what is owed is expected in {len(weeks)} weeks")
    return rows, in_a_sentence(said, asked)


async def _months(connection: AsyncConnection, asked: Asked, so_many: int) -> Mapping[str, Sequence[Month]]:
    begins = [add_months(asked.on.replace(day=1), -back) for back in range(so_many - 1, -1, -1)]
    return months(await receivables.changes(connection, asked.creditor, asked.on, begins), begins, asked.on)


def _known(rows: Sequence[Row]) -> Sequence[Row]:
    """The months from the first on in which there was anything."""
    first = next(
        (place for place, row in enumerate(rows) if any(isinstance(each, Decimal) and each for each in row.values())), 0
    )
    return rows[first:]


def _bucket(name: str) -> Column:
    first, last = BUCKETS[name]
    if first is None:
        return Column(name, "amount", "Owed and not late: on the due date itself nothing is.")
    days = f"{first} to {last}" if last else f"{first} and more"
    return Column(name, "amount", f"Owed, {days} days after the due date in force.")


AGEING = ReportSpec(
    "ageing",
    "What is owed, by age",
    (
        CREDITOR,
        CURRENCY,
        *map(_bucket, BUCKETS),
        Column("owed", "amount", "All of these."),
        Column("credit", "amount", "What debtors have in credit, below zero: it pays nobody else's debt."),
        Column("balance", "amount", "Owed and credit: what the ledger adds up to."),
        Column("invoices", "count", "On which something is owed."),
    ),
    _ageing,
    (CURRENCY.name, tuple(BUCKETS)),
    adds_up=True,
)
DSO = ReportSpec(
    "dso",
    "Days sales outstanding",
    (
        CREDITOR,
        CURRENCY,
        MONTH,
        Column("owed", "amount", "When the month ended."),
        Column("invoiced", "amount", "In the three months through it, less what was credited."),
        Column("days", "days", "How many days of that invoicing stand unpaid."),
    ),
    _dso,
    (MONTH.name, ("days",)),
)
EFFECTIVENESS = ReportSpec(
    "collection-effectiveness",
    "Collection effectiveness",
    (
        CREDITOR,
        CURRENCY,
        MONTH,
        Column("opening", "amount", "Owed when the month began."),
        Column("added", "amount", "Invoiced and charged in it, less what was credited and taken back."),
        Column("paid", "amount", "Of what is owed, less what was taken back."),
        Column("closing", "amount", "Owed when it ended."),
        Column("closing_not_due", "amount", "Of that, not due yet."),
        Column("effectiveness", "percent", "What was paid of what could be collected."),
    ),
    _effectiveness,
    (MONTH.name, ("effectiveness",)),
)
ROLL_RATES = ReportSpec(
    "roll-rates",
    "Roll rates",
    (
        CREDITOR,
        CURRENCY,
        Column("bucket", "text", "How late it was a month before; `fell_due`: it fell due since."),
        Column("amount", "amount", "What was owed of it then, or was invoiced of it."),
        Column("still_owed", "amount", "What of that is owed now."),
        Column("rolled", "percent", "Which share that is."),
    ),
    _roll_rates,
    ("bucket", ("rolled",)),
)
FORECAST = ReportSpec(
    "cash-forecast",
    "Cash that is expected",
    (
        CREDITOR,
        CURRENCY,
        Column("week", "date", "Its first day."),
        Column("expected", "amount", "Of what is owed now, in that week."),
        Column("in_all", "amount", "Through that week."),
    ),
    _forecast,
    ("week", ("expected",)),
)
WRITE_OFFS = ReportSpec(
    "write-offs",
    "Written off and credited",
    (
        CREDITOR,
        CURRENCY,
        MONTH,
        Column("written_off", "amount", "What was let go: losses, and fees and interest."),
        Column("recovered", "amount", "What came for it later."),
        Column("credited", "amount", "By credit notes and disputes that were upheld."),
        Column("invoiced", "amount", "In the month."),
        Column("written_off_percent", "percent", "Written off, of what was invoiced."),
    ),
    _write_offs,
    (MONTH.name, ("written_off", "credited")),
)
