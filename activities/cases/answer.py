"""What an activity of a case answers: what the case does next, and how its diary goes on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from domain.parties.customer_numbers import is_plain
from facts.cases.load import moment_for
from planning.service import PlannedCase, Planning
from views.diary import diary
from workflows.contracts import Next, Story


async def answer_look(
    planning: Planning,
    connection: AsyncConnection,
    plan: PlannedCase,
    now: datetime,
    shown: Sequence[str],
    done: str = "",
) -> Next:
    """The answer to a look: the diary as far as it is not `shown` as it stands."""
    following = await planning.answer(connection, plan, now, done)
    told = await diary(connection, plan.case.id, plan.law.calendar, now)
    number = plan.case.customer_number
    following = following.model_copy(update={"customer_number": number if number and is_plain(number) else None})
    return _with(following, plan, told.stands, going_on(tuple(shown), told.written()))


async def answer_act(
    planning: Planning,
    connection: AsyncConnection,
    plan: PlannedCase,
    now: datetime,
    done: str = "",
    *,
    plain: bool = False,
) -> Next:
    """The answer of an act: the diary since it began. What an act is told lies in the history, so not all that is shown.

    A `plain` act has done one thing, which the diary says in the words of `done`: most do, and nothing is read for them.
    """
    following = await planning.answer(connection, plan, now, done)
    if plain and not plan.action.left_out:
        return following.model_copy(update={"story": Story(lines=(following.diary,))})
    told = await diary(connection, plan.case.id, plan.law.calendar, now)
    began = moment_for(plan.case.ahead, activity.info().scheduled_time)
    return _with(following, plan, told.stands, Story(lines=told.since(began)))


def going_on(shown: tuple[str, ...], written: tuple[str, ...]) -> Story | None:
    """How what is shown becomes what is written; None where it is that already."""
    if shown == written:
        return None
    for first in range(len(shown)):
        kept = shown[first:]
        if written[: len(kept)] == kept:
            return Story(first=first, lines=written[len(kept) :])
    same = 0
    while same < min(len(shown), len(written)) and shown[same] == written[same]:
        same += 1
    return Story(last=same, lines=written[same:])


def _with(following: Next, plan: PlannedCase, stands: tuple[str, ...], story: Story | None) -> Next:
    facts = plan.case.facts
    owed = f"Owed {facts.balance} {facts.currency}, due {facts.due_date}"
    return following.model_copy(update={"stands": (owed, *stands), "story": story})
