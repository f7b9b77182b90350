"""What would go out in the next days if nobody paid or read: the planner run ahead over every open case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Annotated

import typer

from domain.countries.law import missing_soon
from domain.planner.action import ActionKind
from domain.planner.preview import Ahead, preview_together
from facts import clock
from facts.cases.load import load_cases
from facts.parties.creditors import countries_in_use
from planning.service import PlannedCase
from terminal import output
from terminal.connection import command, parts
from views.forecast import message_costs, open_cases

AT_ONCE = 500  # debtors whose cases are in memory together
SHOWN = (ActionKind.DELIVER, ActionKind.OPEN_CALL_TASK, ActionKind.REQUEST_APPROVAL, ActionKind.HAND_OFF)

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Going:
    """One kind of what goes out on a day."""

    creditor: str
    day: date
    step: str
    what: str


@dataclass(slots=True)
class Gone:
    """How many of a kind go out, and how many cases they serve."""

    count: int = 0
    cases: int = 0


@command(app, "forecast")
async def forecast(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")] = 7,
) -> None:
    """What would go out per day, step and channel. An SMS counts as one segment, a letter as one sheet."""
    counted: dict[Going, Gone] = {}
    count, last = 0, 0
    async with parts() as here:
        async with here.database.transaction() as connection:
            now = await clock.now(connection)
            costs, used = await message_costs(connection), await countries_in_use(connection)
        until = now + timedelta(days=days)
        with output.progress() as progress:
            bar = progress.add_task("cases", total=None)
            while True:
                async with here.database.transaction() as connection:
                    of_debtors = await open_cases(connection, last, AT_ONCE)
                    ids = [case for own in of_debtors.values() for case in own]
                    plans = [
                        await here.planning.plan_loaded(connection, case, now)
                        for case in await load_cases(connection, ids, now)
                    ]
                if not ids:
                    break
                for each, served in going(plans, now, until):
                    gone = counted.setdefault(each, Gone())
                    gone.count, gone.cases = gone.count + 1, gone.cases + served
                count, last = count + len(ids), max(of_debtors)
                progress.advance(bar, len(ids))
    rows = _rows(counted, costs)
    total = sum((Decimal(str(row["cost"])) for row in rows), Decimal(0))
    document = {"days": days, "open_cases": count, "cost": total, "forecast": rows}
    title = f"{count} open cases, the next {days} days, messages for {total}"
    output.answer_table(document, rows, title=title, empty=f"{count} open cases: nothing goes out in {days} days")
    for missing in missing_soon([here.laws[code] for code in used & here.laws.keys()], here.calendar.local_date(now)):
        output.hint(missing)


def going(plans: Sequence[PlannedCase], now: datetime, until: datetime) -> Iterator[tuple[Going, int]]:
    """What goes out for cases through a moment, each with how many of its debtor's cases it serves."""
    for _, own in groupby(sorted(plans, key=_debtor), key=_debtor):
        yield from _to_one_debtor(list(own), now, until)


def _debtor(plan: PlannedCase) -> int:
    return plan.case.debtor_id


def _to_one_debtor(plans: Sequence[PlannedCase], now: datetime, until: datetime) -> Iterator[tuple[Going, int]]:
    ahead = [Ahead(plan.policy, plan.law, plan.case.facts) for plan in plans]
    for acts in preview_together(ahead, now, until=until):
        place, act = acts[0]
        action, plan = act.action, plans[place]
        if action.kind not in SHOWN or action.step is None:
            continue
        what = action.channel if action.kind is ActionKind.DELIVER and action.channel else action.kind
        yield Going(plan.case.creditor_id, plan.law.calendar.local_date(act.at), action.step, what), len(acts)


def _rows(counted: dict[Going, Gone], costs: dict[str, dict[str, Decimal]]) -> list[dict[str, object]]:
    """Per day, step and channel: how many go out, for how many cases, and what they cost."""
    rows: dict[tuple[date, str, str], list[Decimal]] = {}
    for each, gone in counted.items():
        row = rows.setdefault((each.day, each.step, each.what), [Decimal(0), Decimal(0), Decimal(0)])
        row[0] += gone.count
        row[1] += gone.cases
        row[2] += gone.count * costs[each.creditor].get(each.what, Decimal(0))
    return [
        {"day": day, "step": step, "what": what, "count": int(count), "cases": int(served), "cost": str(cost)}
        for (day, step, what), (count, served, cost) in sorted(rows.items())
    ]
