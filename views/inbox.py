"""The desk's inbox: whose words wait for a person, danger first and then the longest waiting, and what has been read of late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import Calendar
from domain.desk.answer_by import answer_by, late_before
from domain.desk.reach import Reach
from domain.parties.replies import Meaning
from facts.clock import is_live
from facts.desk.threads import ASKS
from facts.desk.within import OF_CREDITOR

Shown = Literal["all", "mine", "unassigned", "snoozed", "done"]
PAGE = 50
LATELY = timedelta(days=30)

URGENT = f"r.automatic is null and (coalesce(s.urgent, false) or r.meaning is not distinct from '{Meaning.IN_DANGER}')"
"""SQL: whether words of a reply `r`, sorted as `s`, may tell of a danger to life or health: a person reads them first."""

# As many rows as nobody has read. A thread of somebody unknown is of one address, and stands by its first words.
_THREADS = f"""
with waiting as (
  select r.creditor_id, coalesce(m.merged_into, r.debtor_id) as debtor_id,
    case when r.debtor_id is null then coalesce(r.sender, r.id::text) end as stranger,
    min(r.id) as first, max(r.id) as last, count(*) + sum(r.more) as unread, min(r.happened_at) as since,
    max(r.id) filter (where {ASKS}) as asked, array_agg(distinct r.topic) filter (where r.topic is not null) as topics,
    bool_or({URGENT}) as urgent
  from reply r left join desk_thread m on m.debtor_id = r.debtor_id left join reply_sorting s on s.reply_id = r.id
  where r.done_at is null and {OF_CREDITOR.format(creditor="r.creditor_id")}
  group by 1, 2, 3),
threads as (
  select w.*, d.language, d.name, d.customer_number, u.id as assigned_to, u.full_name as assigned_name, t.snoozed_until,
    coalesce(t.snoozed_until > :now and coalesce(w.asked, 0) <= t.snoozed_after, false) as rests, not w.urgent as calm
  from waiting w left join debtor d on d.id = w.debtor_id
  left join desk_thread t on t.debtor_id = w.debtor_id or w.debtor_id is null and t.reply_id = w.first
  left join desk_user u on u.id = t.assigned_to and u.disabled_at is null)
"""
_FITS = """(cast(:language as text) is null or t.language = :language)
  and (cast(:topic as text) is null or :topic = any(t.topics))
  and case cast(:shown as text) when 'snoozed' then t.rests when 'mine' then not t.rests and t.assigned_to = :user
    when 'unassigned' then not t.rests and t.assigned_to is null else not t.rests end"""
LIST = text(f"""
{_THREADS}
select t.first as reply, t.creditor_id, t.name, t.customer_number, r.sender, r.channel, t.topics, t.language, t.unread, t.since,
  t.assigned_name, case when t.rests then t.snoozed_until end as snoozed_until,
  left(concat_ws(': ', nullif(r.subject, ''), r.text), 200) as words, c.country, c.answer_within,
  t.urgent
from threads t join reply r on r.id = t.last left join creditor c on c.id = t.creditor_id
where {_FITS} and (cast(:after as int) is null
  or (t.calm, t.since, t.first) > (cast(:after_calm as bool), cast(:after_since as timestamptz), :after))
order by t.calm, t.since, t.first limit :most
""")
COUNTS = text(f"""
{_THREADS}
select count(*) filter (where t.urgent and not t.rests) as urgent, count(*) filter (where not t.rests) as all,
  count(*) filter (where not t.rests and t.assigned_to = :user) as mine,
  count(*) filter (where not t.rests and t.assigned_to is null) as unassigned, count(*) filter (where t.rests) as snoozed
from threads t where (cast(:language as text) is null or t.language = :language)
  and (cast(:topic as text) is null or :topic = any(t.topics))
""")
DONE = text(f"""
select r.id as reply, r.creditor_id, d.name, d.customer_number, r.sender, r.channel,
  case when r.topic is not null then array[r.topic] end as topics, d.language, 0 as unread, r.done_at as since,
  r.done_by as assigned_name, cast(null as timestamptz) as snoozed_until,
  left(concat_ws(': ', nullif(r.subject, ''), r.text), 200) as words, cast(null as text) as country, 0 as answer_within,
  false as urgent
from reply r left join debtor d on d.id = r.debtor_id
where r.done_by <> 'purr' and r.done_at > :lately and {OF_CREDITOR.format(creditor="r.creditor_id")}
  and (cast(:language as text) is null or d.language = :language) and (cast(:topic as text) is null or r.topic = :topic)
  and (cast(:after as int) is null or (r.done_at, r.id) < (cast(:after_since as timestamptz), :after))
order by r.done_at desc, r.id desc limit :most
""")
WITHIN = text(f"""
select c.id, c.country, c.answer_within from creditor c where {OF_CREDITOR.format(creditor="c.id")} and {is_live("c.id")}
order by c.id
""")
LATE = text(f"""
{_THREADS}
select t.creditor_id, count(*) as late, min(t.since) as since
from threads t join unnest(cast(:creditors as text[]), cast(:befores as timestamptz[])) as l(creditor_id, before)
  on t.creditor_id = l.creditor_id
where t.since < l.before and not t.rests group by t.creditor_id order by min(t.since)
""")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which threads somebody wants to see; `user` is who asks."""

    user: int
    shown: Shown = "all"
    language: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A thread as the list has it. Moments are UTC; `since` is when its oldest words came, or when it was read."""

    reply: int
    creditor: str | None
    name: str | None
    customer_number: str | None
    sender: str | None
    channel: str
    topics: Sequence[str]
    language: str | None
    unread: int
    since: datetime
    assigned_name: str | None
    snoozed_until: datetime | None
    words: str
    until: datetime | None  # by when it is to be answered
    late: bool
    urgent: bool


class Place(NamedTuple):
    """Where a page of the list begins: after this thread."""

    since: datetime
    reply: int
    calm: bool


@dataclass(frozen=True, slots=True)
class Late:
    """How many threads of a creditor should have been answered by now, and since when (UTC) the first of them waits."""

    creditor: str
    threads: int
    since: datetime


async def list_threads(
    connection: AsyncConnection,
    reach: Reach,
    wanted: Filter,
    calendars: Mapping[str, Calendar],
    now: datetime,
    after: Place | None = None,
    most: int = PAGE,
) -> list[Row]:
    """A page of threads after `after`, and one more where there is more."""
    since, reply, calm = after or (None, None, None)
    place = {"after": reply, "after_since": since, "after_calm": calm}
    values = _values(reach, wanted, now) | place | {"most": most + 1}
    statement = DONE if wanted.shown == "done" else LIST
    return [_row(row, calendars, now) for row in await connection.execute(statement, values)]


async def counts(connection: AsyncConnection, reach: Reach, wanted: Filter, now: datetime) -> dict[str, int]:
    """How many threads each way to look has, by its word; what has been read is not counted."""
    row = (await connection.execute(COUNTS, _values(reach, wanted, now))).one()
    return dict(row._mapping)


async def late_threads(
    connection: AsyncConnection, reach: Reach, calendars: Mapping[str, Calendar], now: datetime
) -> list[Late]:
    """Whose words wait for longer than their creditor wants, by creditor, the longest waiting first."""
    rows = (await connection.execute(WITHIN, reach.values)).all()
    known = [row for row in rows if row.country in calendars]
    values = {
        "creditors": [row.id for row in known],
        "befores": [late_before(calendars[row.country], now, row.answer_within) for row in known],
        "now": now,
    }
    return [Late(*row) for row in await connection.execute(LATE, values | reach.values)]


def _values(reach: Reach, wanted: Filter, now: datetime) -> dict[str, Any]:
    return reach.values | {
        "shown": wanted.shown,
        "user": wanted.user,
        "language": wanted.language,
        "topic": wanted.topic,
        "now": now,
        "lately": now - LATELY,
    }


def _row(row: Any, calendars: Mapping[str, Calendar], now: datetime) -> Row:
    calendar = calendars.get(row.country or "")
    until = answer_by(calendar, row.since, row.answer_within) if calendar else None
    return Row(
        row.reply,
        row.creditor_id,
        row.name,
        row.customer_number,
        row.sender,
        row.channel,
        row.topics or [],
        row.language,
        row.unread,
        row.since,
        row.assigned_name,
        row.snoozed_until,
        row.words,
        until,
        until is not None and until < now and row.snoozed_until is None,
        row.urgent,
    )
