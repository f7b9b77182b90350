"""Why debtors get in touch more often than before: what to tell them ahead, and where."""

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.intervals import FEWEST, Interval, of_times
from domain.parties.topics import Other
from views import contacts
from views.contacts import WEEK, Weekly
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, and_few, tenths_of

WEEKS: Final = 9  # the last, and eight before it
LEAST_BEFORE: Final = 4  # weeks, of which one may have been a strange one
SURE: Final = 0.995
"""Of each topic alone, so that of all of them together hardly one in twenty weeks has a rise that is chance."""


async def _rising(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    whole = await contacts.weekly(
        connection, asked.creditor, asked.since, asked.on, asked.begins, asked.ends, asked.zone
    )
    shown = [each for each in whole if each.debtors >= FEWEST]
    found = [(each, _times(each)) for each in sorted(shown, key=lambda each: (-each.last, each.topic or ""))]
    rows = [
        {
            "topic": each.topic or "not known",
            "debtors": each.last,
            "usual": tenths_of(sum(each.before) / len(each.before)) if each.before else None,
            "times": _end(times, 0),
            "times_from": _end(times, 1),
            "times_to": _end(times, 2),
            "rises": None if times is None else "yes" if _rises(each, times) else "no",
            "inform_in": each.after,
        }
        for each, times in found
    ]
    return rows, and_few(_said(found, asked), len(whole) - len(shown), "reasons")


def _times(each: Weekly) -> Interval | None:
    return of_times(each.last, each.before, SURE) if len(each.before) >= LEAST_BEFORE else None


def _rises(each: Weekly, times: Interval) -> bool:
    return each.last >= FEWEST and times.low > 1


def _said(found: Sequence[tuple[Weekly, Interval | None]], asked: Asked) -> str:
    rising = [each for each, times in found if times is not None and _rises(each, times)]
    if rising:
        first = rising[0]
        where = f", most often after {first.after}: tell of it there" if first.after else ""
        more = f", and {len(rising) - 1} more rise" if rising[1:] else ""
        return f"{first.topic or Other.SOMETHING_ELSE} rises, to {first.last} debtors in a week{where}{more}"
    if all(times is None for _, times in found):
        return f"too little came since {asked.since} to say what rises"
    return f"nothing rises in the {WEEK} days through {asked.on}"


def _end(times: Interval | None, place: int) -> Decimal | None:
    return tenths_of(times[place]) if times is not None and isfinite(times[place]) else None


RISING = ReportSpec(
    "contact-reasons-rising",
    "What debtors ask more often than before",
    (
        CREDITOR,
        Column("topic", "text", "What it was about, where words or a person can tell."),
        Column("debtors", "count", "How many got in touch about it in the last seven days."),
        Column("usual", "count", "How many did in seven days before that, on average."),
        Column("times", "count", "How many times as many that is."),
        Column("times_from", "count", "At least so many times, chance apart."),
        Column("times_to", "count", "At most so many times."),
        Column("rises", "text", "Whether it surely does."),
        Column("inform_in", "text", "The step that most of them had got before: where to tell of it ahead."),
    ),
    _rising,
    ("topic", ("debtors", "usual")),
    usual_days=WEEKS * WEEK,
)
