"""Which way debtors prefer to get in touch, and about what, and what of it comes more often than before."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

COUNT = text("""
select channel, topic, count(*) as contacts, count(distinct debtor_id) as debtors from reply
where creditor_id = :creditor and happened_at >= :since and happened_at < coalesce(cast(:until as timestamptz), 'infinity')
  and automatic is null
group by channel, topic order by contacts desc, channel, topic
""")
# Whoever writes thrice in a week about one thing does so once. A contact comes after the last message that its debtor got
# in the fourteen days before.
WEEKS = text("""
with contact as materialized (
  select r.debtor_id, coalesce(r.topic, '') as topic, r.happened_at,
    (cast(:on as date) - cast(r.happened_at at time zone :zone as date)) / 7 as back
  from reply r
  where r.creditor_id = :creditor and r.happened_at >= :begins and r.happened_at < :ends and r.automatic is null
    and r.topic is distinct from 'thanks')
select c.topic, c.back, c.debtor_id, min(case when c.back = 0 then (
  select split_part(dc.step, '#', 1) from delivery d join delivery_case dc on dc.delivery_id = d.id
  where d.debtor_id = c.debtor_id and d.claimed_at < c.happened_at and d.claimed_at >= c.happened_at - interval '14 days'
    and d.accepted_at < c.happened_at and not d.alert and d.state <> 'shadow'
  order by d.accepted_at desc, dc.case_id limit 1) end) as after
from contact c group by c.topic, c.back, c.debtor_id order by c.topic, c.back, c.debtor_id
""")
WEEK = 7  # days


@dataclass(frozen=True, slots=True)
class Weekly:
    """Of how many debtors contacts about a topic came in the last seven days and in each seven before, the newest first.

    `debtors`: in all that time. `after`: the step whose message most of the last week's had got, where it was most of them.
    """

    topic: str | None
    last: int
    before: list[int]
    debtors: int
    after: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many contacts came by one channel about one topic, and of how many debtors. Machines' mail is none."""

    channel: str
    topic: str | None
    contacts: int
    debtors: int


async def count(
    connection: AsyncConnection, creditor: str, since: datetime, until: datetime | None = None
) -> list[Count]:
    """The contacts of a creditor's debtors since a moment, and before another one if it is named; the most first."""
    values = {"creditor": creditor, "since": since, "until": until}
    return [Count(*row) for row in (await connection.execute(COUNT, values)).all()]


async def weekly(
    connection: AsyncConnection, creditor: str, since: date, on: date, begins: datetime, ends: datetime, zone: str
) -> list[Weekly]:
    """What debtors got in touch about week by week, back from a day, in the whole weeks since another; by topic."""
    weeks = ((on - since).days + 1) // WEEK
    values = {"creditor": creditor, "on": on, "begins": begins, "ends": ends, "zone": zone}
    came: dict[str, Counter[int]] = defaultdict(Counter)
    who: dict[str, set[int]] = defaultdict(set)
    after: dict[str, Counter[str]] = defaultdict(Counter)
    for topic, back, debtor, step in await connection.execute(WEEKS, values):
        if back >= weeks:
            continue
        came[topic][back] += 1
        who[topic].add(debtor)
        if step:
            after[topic][step] += 1
    found = []
    for topic, of_week in came.items():
        before = [of_week[back] for back in range(1, weeks)]
        mostly = [step for step, had in after[topic].items() if 2 * had > of_week[0]]
        found.append(Weekly(topic or None, of_week[0], before, len(who[topic]), next(iter(mostly), None)))
    return found
