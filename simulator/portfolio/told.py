"""What the portfolio comes to, told: figures for machines, a page that sets both plans beside each other, and a table."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import ZERO
from domain.money.receivables import BUCKETS
from simulator.portfolio.cast import BUSINESSES, PLANS, ids
from simulator.portfolio.figures import CURRENCY, Figures, of
from views.reports.registry import REPORTS
from views.reports.report import CREDITOR, Asked, Column, Report, ReportSpec, Row, Unit, make
from web.report_page import written

CALLED: Final = {"purr": "Purr", "baseline": "usual"}
FIVE: Final = "Simulated: five creditors, the same people twice"
"""What the page calls all of it."""


@dataclass(frozen=True, slots=True)
class Came:
    """What the weeks came to: by plan in all, and by plan and business."""

    seed: int
    first: date
    last: date
    in_all: Mapping[str, Figures]
    by_business: Mapping[str, Mapping[str, Figures]]
    broken: Sequence[str]

    def told(self) -> dict[str, Any]:
        """For machines."""
        return {
            "seed": self.seed,
            "first_day": str(self.first),
            "last_day": str(self.last),
            "plans": {
                plan: self.in_all[plan].told()
                | {"creditors": {name: figures.told() for name, figures in self.by_business[plan].items()}}
                for plan in PLANS
            },
            "broken_rules": list(self.broken),
        }


async def read(connection: AsyncConnection, seed: int, first: date, last: date, broken: Sequence[str]) -> Came:
    """What the weeks came to, as the ledger has it."""
    return Came(
        seed,
        first,
        last,
        {plan: await of(connection, ids(plan), first, last) for plan in PLANS},
        {
            plan: {
                business.name: await of(connection, [creditor], first, last)
                for business, creditor in zip(BUSINESSES, ids(plan), strict=True)
            }
            for plan in PLANS
        },
        broken,
    )


# --- the page ---------------------------------------------------------------------------------------------------

REMINDED = Column("reminded", "text", "By which plan.")


def _rows(came: Came, row: Callable[[Figures], Row]) -> list[Row]:
    return [{CREDITOR.name: FIVE, REMINDED.name: CALLED[plan], **row(came.in_all[plan])} for plan in PLANS]


def _money(came: Came) -> Report:
    columns = (
        CREDITOR,
        REMINDED,
        Column("invoiced", "amount", "In these weeks."),
        Column("collected", "amount", "Paid, less what was taken back or sent back."),
        Column("outstanding", "amount", "Owed on the last day."),
        Column("late", "amount", "Of that, past its due date."),
        Column("dso", "days", "Days sales outstanding on the last day."),
        Column("fees_and_interest", "amount", "Charged to debtors."),
        Column("cost", "amount", "Of all messages."),
        Column("cost_of_100", "amount", "Of messages, for each 100 that came."),
    )
    rows = _rows(
        came,
        lambda each: {
            "invoiced": each.invoiced,
            "collected": each.collected,
            "outstanding": each.outstanding,
            "late": each.late,
            "dso": each.dso,
            "fees_and_interest": each.charged,
            "cost": each.cost,
            "cost_of_100": each.cost_of_100,
        },
    )
    purr, usual = came.in_all["purr"], came.in_all["baseline"]
    said = (
        f"{purr.late:,.2f} {CURRENCY} is late with Purr, {usual.late:,.2f} by one email and one letter, and each 100 that came "
        f"cost {purr.cost_of_100 or ZERO:,.2f} and {usual.cost_of_100 or ZERO:,.2f} in messages"
    )
    return _report(came, "Kroner", columns, rows, said, (REMINDED.name, ("late",)))


def _ageing(came: Came) -> Report:
    columns = (
        CREDITOR,
        REMINDED,
        *(Column(bucket, "amount", "Owed, so many days after the due date.") for bucket in BUCKETS),
        Column("owed", "amount", "All of these."),
        Column("credit", "amount", "What debtors have in credit, below zero."),
        Column("balance", "amount", "Owed and credit: what the ledger adds up to."),
    )
    rows = _rows(
        came,
        lambda each: {**each.ageing, "owed": each.outstanding, "credit": each.credit, "balance": each.balance},
    )
    late = {plan: each.outstanding - each.ageing["not_due"] for plan, each in came.in_all.items()}
    over = {plan: late[plan] - came.in_all[plan].ageing["days_1_14"] for plan in PLANS}
    said = (
        f"{over['purr']:,.2f} {CURRENCY} is more than fourteen days late with Purr, {over['baseline']:,.2f} by one email and one"
        " letter"
    )
    return _report(came, "What is owed, by age", columns, rows, said, (REMINDED.name, tuple(BUCKETS)))


def _by_week(came: Came) -> Report:
    columns = (
        CREDITOR,
        Column("week", "date", "Its first day."),
        Column("with_purr", "amount", "What came through that week."),
        Column("one_email_one_letter", "amount", "The same by one email and one letter."),
        Column("sooner", "amount", "What more had come with Purr."),
    )
    rows: list[Row] = []
    so_far = dict.fromkeys(PLANS, ZERO)
    for week in range(len(came.in_all["purr"].by_week)):
        for plan in PLANS:
            so_far[plan] += came.in_all[plan].by_week[week]
        rows.append(
            {
                CREDITOR.name: FIVE,
                "week": came.first + timedelta(weeks=week),
                "with_purr": so_far["purr"],
                "one_email_one_letter": so_far["baseline"],
                "sooner": so_far["purr"] - so_far["baseline"],
            }
        )
    most = max(rows, key=lambda row: row["sooner"])
    said = f"through the week of {most['week']} {most['sooner']:,.2f} {CURRENCY} more had come with Purr, the widest it was"
    return _report(came, "What came, week by week", columns, rows, said, ("week", ("sooner",)))


def _effort(came: Came) -> Report:
    columns = (
        CREDITOR,
        REMINDED,
        *(Column(name, "count", says) for name, says in COUNTED.items()),
    )
    rows = _rows(
        came,
        lambda each: {name: each.messages.get(name, each.cases.get(name.replace("_", " "), 0)) for name in COUNTED},
    )
    letters = {plan: each.messages.get("letter", 0) for plan, each in came.in_all.items()}
    said = f"{letters['purr']:,} letters were sent with Purr, {letters['baseline']:,} by one email and one letter"
    return _report(came, "Messages and cases", columns, rows, said, (REMINDED.name, ("letter", "sms", "email")))


SIDE_BY_SIDE: Final[Sequence[tuple[str, Unit, str]]] = (
    ("late", "amount", "Owed on the last day and past its due date."),
    ("dso", "days", "Days sales outstanding on the last day."),
    ("cost_of_100", "amount", "Of messages, for each 100 that came."),
)
COUNTED: Final = {
    "email": "Emails.",
    "sms": "SMS.",
    "letter": "Letters.",
    "paid": "Invoices that are paid.",
    "promises": "Promises to pay.",
    "plans": "Instalment plans.",
    "disputes": "Disputes.",
    "handed_off": "Invoices that went to the collection partner.",
}


def _by_creditor(came: Came) -> Report:
    columns = (
        CREDITOR,
        Column("business", "text", "Whose customers they are."),
        *(Column(f"{name}_{CALLED[plan].lower()}", unit, says) for name, unit, says in SIDE_BY_SIDE for plan in PLANS),
    )
    rows: list[Row] = [
        {
            CREDITOR.name: FIVE,
            "business": business.name.partition(" ")[0],
            **{
                f"{name}_{CALLED[plan].lower()}": getattr(came.by_business[plan][business.name], name)
                for name, _, _ in SIDE_BY_SIDE
                for plan in PLANS
            },
        }
        for business in BUSINESSES
    ]
    less = sum(row["late_purr"] < row["late_usual"] for row in rows)
    said = f"less is late with Purr at {less} of the {len(rows)} creditors"
    return _report(came, "Creditor by creditor", columns, rows, said, ("business", ("late_purr", "late_usual")))


def _report(
    came: Came,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    said: str,
    drawn: tuple[str, Sequence[str]],
) -> Report:
    async def made(_connection: AsyncConnection, _asked: Asked) -> tuple[Sequence[Row], str]:
        return rows, said

    begins, ends = (datetime.combine(day, time(), UTC) for day in (came.first, came.last))
    asked = Asked(FIVE, came.last, came.first, begins, ends, "Europe/Oslo")
    return Report(ReportSpec("portfolio", title, columns, made, drawn), [asked], rows, {FIVE: said})


def compared(came: Came) -> str:
    """The page that sets both plans beside each other."""
    return written([_money(came), _ageing(came), _by_week(came), _effort(came), _by_creditor(came)])


async def pages(connection: AsyncConnection, came: Came) -> Mapping[str, str]:
    """The pages by the end of their files' names: the comparison, and each plan's own reports as its creditors read them."""
    own = {
        f"-{plan}": written(
            [await make(connection, spec, ids(plan), came.last, came.first) for spec in REPORTS.values()]
        )
        for plan in PLANS
    }
    return {"": compared(came), **own}


# --- the table --------------------------------------------------------------------------------------------------


def show(console: Console, came: Came) -> None:
    """The figures for people."""
    table = Table(
        title=f"{came.first} to {came.last}, seed {came.seed}: the same people twice",
        title_justify="left",
        title_style="bold",
    )
    for column in ("", "with Purr", "one email and one letter"):
        table.add_column(column, justify="left" if not column else "right")
    columns = [_shown(came.in_all[plan]) for plan in PLANS]
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    console.print(table)
    for sentence in came.broken:
        console.print(f"[red]broken rule:[/] {sentence}", soft_wrap=True)


def _kroner(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.2f}"


def _shown(each: Figures) -> dict[str, str]:
    """The rows of one plan's column, by their names."""
    return {
        "invoices": f"{each.cases['invoices']:,}",
        "kroner invoiced": _kroner(each.invoiced),
        "collected": _kroner(each.collected),
        "outstanding": _kroner(each.outstanding),
        **{f"  {bucket.replace('_', ' ')}": _kroner(each.ageing[bucket]) for bucket in BUCKETS},
        "days sales outstanding": str(each.dso or "-"),
        "fees and interest charged": _kroner(each.charged),
        "messages, kroner": _kroner(each.cost),
        "  for each 100 that came": _kroner(each.cost_of_100),
        **{f"  {channel}": f"{each.messages.get(channel, 0):,}" for channel in ("email", "sms", "letter")},
        "handed off": str(each.cases["handed off"]),
    }


def write(file: Path, came: Came) -> None:
    """The figures for machines."""
    file.write_text(json.dumps(came.told(), indent=2, ensure_ascii=False) + "\n", "utf-8")
