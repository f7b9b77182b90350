"""What watches over the cases: open ones that nobody may be running, and whether more went out than was foreseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.vocabulary import ANNOUNCEMENT
from facts import diary
from facts.clock import is_live
from facts.outbox import tell

OVERDUE = timedelta(hours=1)  # a case acts, or looks again, at the moment it decided; an hour later something is wrong
HOUR = timedelta(hours=1)
NOT_RUNNING = "not running"  # flags that the next decision of the case takes away
STUCK = "stuck"

WATCHED = text("""
select c.id, c.creditor_id, i.number,
  coalesce(c.next_at - coalesce(k.ahead, interval '0') < :overdue, false) as overdue
from (
  select id, creditor_id, invoice_id, next_at from dunning_case
  where state = 'open' and id > :after
    and (select true from outbox o where o.case_id = dunning_case.id and o.dead_at is null limit 1) is null
    and (select true from task t where t.case_id = dunning_case.id and t.kind = 'cancelled' and t.done_at is null
      limit 1) is null
  order by id limit :most) c
left join creditor_clock k on k.creditor_id = c.creditor_id
cross join lateral (select number from invoice where id = c.invoice_id offset 0) i
order by c.id
""")
FLAGGED = text("""
select id from dunning_case where state = 'open' and flag = :flag and looked_at <= :before and id > :after
order by id limit :most
""")
FLAG = text("""
update dunning_case set flag = :flag
where id = any(:cases) and state = 'open' and flag is distinct from :flag
returning id
""")
# A delivery was foreseen when the case's last decision before the hour said so, when the case waited for news or a
# person, or when there was no decision yet: a new case. What nobody foresaw are cases that meant to be silent.
# What a person has many told was counted and shown to them: it is foreseen, once to each, whatever their cases meant to do.
GONE_OUT = text(f"""
with gone as (
  select d.id, dc.case_id, d.message = '{ANNOUNCEMENT}' as to_many from delivery d join delivery_case dc on dc.delivery_id = d.id
  where d.accepted_at > :since and d.accepted_at <= :now
    and {is_live("d.creditor_id")}),
foreseen as (
  select g.case_id from (select distinct case_id from gone where not to_many) g
  left join lateral (select kind, at from decision where case_id = g.case_id and happened_at <= :since
    order by id desc limit 1) before on true
  where before.kind is null or before.kind = 'wait' or before.at <= :now
  union all
  select t.case_id from announced t where t.told_at is not null and t.left_out is null
    and t.case_id in (select case_id from gone where to_many))
select (select count(distinct id) from gone) as gone, (select count(*) from foreseen) as foreseen
""")


@dataclass(frozen=True, slots=True)
class Watched:
    """An open case that should have a running workflow; `overdue` when the moment it decided on has passed."""

    case: int
    creditor: str
    number: str
    overdue: bool


async def look_again(
    connection: AsyncConnection, flag: str, signal: str, now: datetime, *, before: datetime, after: int, most: int
) -> list[int]:
    """Tell open cases with a flag, not looked at since `before`, to look again; gives those, as `watched` does."""
    values = {"flag": flag, "before": before, "after": after, "most": most}
    flagged = list((await connection.execute(FLAGGED, values)).scalars())
    await tell(connection, flagged, signal, now)
    return flagged


async def watched(connection: AsyncConnection, now: datetime, *, after: int, most: int) -> list[Watched]:
    """Open cases with no news on its way, in the order of their ids, beginning `after` one, at most `most`."""
    values = {"overdue": now - OVERDUE, "after": after, "most": most}
    return [Watched(*row) for row in (await connection.execute(WATCHED, values)).all()]


async def start_again(connection: AsyncConnection, found: Mapping[int, str], now: datetime) -> int:
    """Cases whose workflow is not running, each with what was found instead, are flagged and started through the outbox.

    Gives how many: a case closed meanwhile stays closed.
    """
    told = await tell(connection, sorted(found), "case_swept", now)
    await connection.execute(FLAG, {"flag": NOT_RUNNING, "cases": list(told)})
    await diary.write(connection, "case_swept", "purr", [(case, {"workflow": found[case]}) for case in told], now)
    return len(told)


async def flag_stuck(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> int:
    """Cases that run and do not get on are flagged for a person, and told to look again; gives how many are new."""
    await tell(connection, sorted(cases), "case_swept", now)
    return len((await connection.execute(FLAG, {"flag": STUCK, "cases": list(cases)})).scalars().all())


async def gone_out(connection: AsyncConnection, now: datetime) -> tuple[int, int]:
    """How many deliveries were accepted within the last hour, and to how many cases that was foreseen an hour ago."""
    row = (await connection.execute(GONE_OUT, {"since": now - HOUR, "now": now})).one()
    return row.gone, row.foreseen
