"""How many calls and replies to expect in the next four weeks, day by day, by what is due and what came of as much before."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import Calendar
from domain.staffing import Ahead, Day, staffing
from facts.parties.creditors import country_of
from views.reports.report import CREDITOR, Asked, Column, ReportSpec, Row, tenths_of

AHEAD: Final = 28  # days
LEAST: Final = 14  # days before, else of no weekday two are known

# Each day of the time, with nothing on it too: messages that debtors got, and the contacts that people have to read or take.
PAST = text("""
select d.day, coalesce(m.messages, 0) as messages, coalesce(r.replies, 0) as replies, coalesce(r.calls, 0) as calls
from (select cast(:since as date) + n as day from generate_series(0, cast(:on as date) - cast(:since as date)) n) d
left join (
  select cast(accepted_at at time zone :zone as date) as day, count(*) as messages from delivery
  where creditor_id = :creditor and accepted_at >= :begins and accepted_at < :ends and not alert and state <> 'shadow'
  group by 1) m on m.day = d.day
left join (
  select cast(happened_at at time zone :zone as date) as day, count(*) filter (where channel <> 'phone') as replies,
    count(*) filter (where channel = 'phone') as calls
  from reply where creditor_id = :creditor and happened_at >= :begins and happened_at < :ends and automatic is null
  group by 1) r on r.day = d.day
order by d.day
""")
# As it stands now: what each open case does next, and the calls that wait for somebody.
DUE = text("""
select cast(greatest(next_at, :ends) at time zone :zone as date) as day,
  count(*) filter (where next_kind = 'deliver') as messages, count(*) filter (where next_kind = 'open call task') as calls
from dunning_case
where creditor_id = :creditor and state = 'open' and balance > 0 and next_at < :until
  and next_kind in ('deliver', 'open call task') group by 1
""")
WAITING = text("select count(*) from task where creditor_id = :creditor and kind = 'call' and done_at is null")


async def _staffing(connection: AsyncConnection, asked: Asked) -> tuple[Sequence[Row], str]:
    if (asked.on - asked.since).days + 1 < LEAST:
        return [], f"less than {LEAST} days are known since {asked.since}: too few to say what comes"
    past = [Day(*row) for row in await connection.execute(PAST, asked.values)]
    first = asked.on + timedelta(days=1)
    until = asked.start.end_of(asked.on + timedelta(days=AHEAD))
    due = (await connection.execute(DUE, {**asked.values, "until": until})).all()
    to_call = {row.day: row.calls for row in due}
    waiting = (await connection.execute(WAITING, asked.values)).scalar_one()
    to_call[first] = to_call.get(first, 0) + waiting
    calendar = Calendar(await country_of(connection, asked.creditor), asked.zone)
    days = (asked.since + timedelta(days=place) for place in range((asked.on - asked.since).days + 1 + AHEAD))
    off = frozenset(day for day in days if calendar.is_public_holiday(day))
    ahead = staffing(past, {row.day: row.messages for row in due}, to_call, first, AHEAD, off)
    return [_row(each) for each in ahead], _said(ahead)


def _row(each: Ahead) -> Row:
    return {
        "day": each.on,
        "weekday": WEEKDAYS[each.on.weekday()],
        "works": "yes" if each.works else "no",
        "messages": round(each.messages),
        "calls_to_make": each.calls_to_make,
        "replies_expected": tenths_of(each.replies.value),
        "replies_from": round(each.replies.low),
        "replies_to": round(each.replies.high),
        "calls_expected": tenths_of(each.calls.value),
        "calls_from": round(each.calls.low),
        "calls_to": round(each.calls.high),
    }


def _said(ahead: Sequence[Ahead]) -> str:
    week = ahead[:7]
    replies, calls = (
        round(sum(of)) for of in ([each.replies.value for each in week], [each.calls.value for each in week])
    )
    to_make = sum(each.calls_to_make for each in week)
    return (
        f"about {replies} replies and {calls} calls are to be expected in the seven days from {week[0].on} on, "
        f"and {to_make} calls to make"
    )


WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STAFFING = ReportSpec(
    "staffing",
    "Calls and replies ahead",
    (
        CREDITOR,
        Column("day", "date", "One of the 28 days ahead."),
        Column("weekday", "text", "Its weekday."),
        Column("works", "text", "Whether people work: on weekends and public holidays nobody is called."),
        Column("messages", "count", "Messages that are due on it, and no fewer than usual on its weekday."),
        Column("calls_to_make", "count", "Calls that wait or become due on it, as it stands now."),
        Column("replies_expected", "count", "Replies to expect, by as many messages before."),
        Column("replies_from", "count", "Four of five such days have at least so many."),
        Column("replies_to", "count", "And at most so many."),
        Column("calls_expected", "count", "Calls to expect that debtors make."),
        Column("calls_from", "count", "Four of five such days have at least so many."),
        Column("calls_to", "count", "And at most so many."),
    ),
    _staffing,
    ("day", ("replies_expected",)),
    usual_days=56,
)
