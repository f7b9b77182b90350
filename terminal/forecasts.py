"""What would go out in the next days if nobody paid or read: the planner run ahead over every open case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import typer

from activities.planning import Plan, Planning
from config.files import read_laws
from domain.action import ActionKind
from domain.occasions import step_named
from domain.preview import preview
from facts import cases, clock
from facts.forecast import message_costs, open_cases
from terminal import output
from terminal.connection import facts, run

AT_ONCE = 500  # cases whose facts are in memory together
SHOWN = (ActionKind.DELIVER, ActionKind.OPEN_CALL_TASK, ActionKind.REQUEST_APPROVAL, ActionKind.HAND_OFF)

app = typer.Typer()


@dataclass(frozen=True, slots=True)
class Going:
    """What goes out together: cases of one debtor that come to the same message on a day share it."""

    creditor: str
    debtor: int
    day: date
    step: str
    what: str
    message: str


@app.command("forecast")
def forecast(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")] = 7,
) -> int:
    """What would go out per day, step and channel. An SMS counts as one segment, a letter as one sheet."""
    return run(_forecast(days))


async def _forecast(days: int) -> int:
    planning = Planning(read_laws())
    counted: dict[Going, int] = {}
    count, last = 0, 0
    async with facts() as database:
        async with database.transaction() as connection:
            now = await clock.now(connection)
            costs = await message_costs(connection)
        until = now + timedelta(days=days)
        with output.progress() as progress:
            bar = progress.add_task("cases", total=None)
            while True:
                async with database.transaction() as connection:
                    ids = await open_cases(connection, last, AT_ONCE)
                    plans = [
                        await planning.plan_loaded(connection, case, now)
                        for case in await cases.load(connection, ids, now)
                    ]
                if not ids:
                    break
                for plan in plans:
                    for each in going(plan, now, until):
                        counted[each] = counted.get(each, 0) + 1
                count, last = count + len(ids), ids[-1]
                progress.advance(bar, len(ids))
    rows = _rows(counted, costs)
    total = sum((Decimal(str(row["cost"])) for row in rows), Decimal(0))
    document = {"days": days, "open_cases": count, "cost": total, "forecast": rows}
    title = f"{count} open cases, the next {days} days, messages for {total}"
    output.answer_table(document, rows, title=title, empty=f"{count} open cases: nothing goes out in {days} days")
    return 0


def going(plan: Plan, now: datetime, until: datetime) -> Iterator[Going]:
    """What goes out for one case through a moment."""
    policy, law, case = plan.policy, plan.law, plan.case
    for act in preview(policy, law, case.facts, now, until=until):
        action = act.action
        if action.kind not in SHOWN or action.step is None:
            continue
        what = action.channel.value if action.kind is ActionKind.DELIVER and action.channel else action.kind.value
        message = step_named(policy, action.step).message
        day = law.calendar.local_date(act.at)
        alone = "" if message else case.number  # only messages are shared
        yield Going(case.creditor_id, case.debtor_id, day, action.step, what, message + alone)


def _rows(going: dict[Going, int], costs: dict[str, dict[str, Decimal]]) -> list[dict[str, object]]:
    """Per day, step and channel: how many go out, for how many cases, and what they cost."""
    rows: dict[tuple[date, str, str], list[Decimal]] = {}
    for each, served in going.items():
        row = rows.setdefault((each.day, each.step, each.what), [Decimal(0), Decimal(0), Decimal(0)])
        row[0] += 1
        row[1] += served
        row[2] += costs[each.creditor].get(each.what, Decimal(0))
    return [
        {"day": day, "step": step, "what": what, "count": int(count), "cases": int(served), "cost": str(cost)}
        for (day, step, what), (count, served, cost) in sorted(rows.items())
    ]
