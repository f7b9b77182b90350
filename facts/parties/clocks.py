"""The clocks of creditors in test mode: each goes forward at its creditor's wish, and stops where a case has something to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts import clock
from facts.clock import CLOCK
from facts.outbox import tell
from facts.parties import debtors
from facts.refusals import Conflict, Refused

MOST_AT_ONCE = timedelta(days=366)
MOST_AHEAD = timedelta(days=3660)  # ten years: as far as a timer waits

OWN = text(f"""
select {CLOCK} + ahead as now, target, ahead from creditor_clock where creditor_id = :creditor for update
""")
SET_OUT = text("update creditor_clock set target = :target where creditor_id = :creditor")
ALL_OF_THEM = text("select creditor_id, target is not null as is_moving from creditor_clock order by creditor_id")
# Whether a case has still to do, or to hear, what its time has come for, or a hand-off to leave; and the next moment at which
# one has something to do. In one statement, for cases go on meanwhile. Open cases stand in an index by creditor and balance.
AHEAD = text("""
select (select true from dunning_case c where c.creditor_id = :creditor and c.state = 'open'
    and (c.looked_seq < c.news_seq or c.looked_at is null or c.next_at <= :now) order by balance limit 1) is not null
  or exists (select from outbox o join dunning_case c on c.id = o.case_id where c.creditor_id = :creditor and o.dead_at is null)
  or exists (select from hand_off where creditor_id = :creditor and state = 'queued') as busy,
  (select min(next_at) from dunning_case where creditor_id = :creditor and state = 'open' and next_at > :now) as following
""")
MOVE = text("""
update creditor_clock set ahead = greatest(ahead, :ahead), target = case when :arrived then null else target end
where creditor_id = :creditor
""")
DUE = text("""
select id from dunning_case where creditor_id = :creditor and state = 'open' and (:arrived or next_at <= :now) order by balance
""")


class LiveCreditor(Conflict):
    """What is for test mode alone was asked for a live creditor."""


@dataclass(frozen=True, slots=True)
class OwnClock:
    """The clock of a creditor in test mode. Moments are UTC."""

    now: datetime
    target: datetime | None
    """Where it is on its way to; None where it has come."""


async def own_clock(connection: AsyncConnection, creditor: str) -> OwnClock:
    """The clock of a creditor in test mode, locked until the transaction ends. Raises LiveCreditor."""
    row = (await connection.execute(OWN, {"creditor": creditor})).one_or_none()
    if row is None:
        raise LiveCreditor(f"creditor {creditor} is live: this is for creditors in test mode alone")
    return OwnClock(row.now, row.target)


async def set_out(connection: AsyncConnection, creditor: str, to: datetime) -> OwnClock:
    """Send a creditor's clock on its way to a moment ahead; it stops wherever one of the cases has something to do.

    The same moment again, while it is on its way there, changes nothing. Raises Refused, in words.
    """
    own = await own_clock(connection, creditor)
    if own.target is not None and own.target != to:
        raise Conflict(f"the clock is on its way to {own.target.isoformat()}: wait until it is there")
    if to <= own.now:
        raise Refused(f"{to.isoformat()} is past: it is {own.now.isoformat()}, and the clock never goes back")
    if to - own.now > MOST_AT_ONCE:
        raise Refused(f"{to.isoformat()} is more than {MOST_AT_ONCE.days} days ahead: go there in several steps")
    if to - await clock.now(connection) > MOST_AHEAD:
        raise Refused(f"{to.isoformat()} is more than ten years ahead of the real day: register another test creditor")
    await connection.execute(SET_OUT, {"creditor": creditor, "target": to})
    return OwnClock(own.now, to)


async def all_of_them(connection: AsyncConnection) -> dict[str, bool]:
    """Every creditor in test mode, and whether its clock is on its way."""
    return {row.creditor_id: row.is_moving for row in await connection.execute(ALL_OF_THEM)}


async def step(connection: AsyncConnection, creditor: str, *, patient: bool) -> bool:
    """Let a clock go on to the next moment at which a case has something to do, or to its target; those cases are told.

    Gives whether it went on: where we are `patient` it waits until what has come due is done. At its target every case
    looks again, for its timer was set by the clock of before.
    """
    row = (await connection.execute(OWN, {"creditor": creditor})).one()
    if row.target is None:  # somebody else has brought it there
        return True
    ahead = (await connection.execute(AHEAD, {"creditor": creditor, "now": row.now})).one()
    if ahead.busy and patient:
        return False
    arrived = ahead.following is None or ahead.following > row.target
    to = max(row.now, row.target if arrived else ahead.following)
    await connection.execute(MOVE, {"creditor": creditor, "ahead": row.ahead + (to - row.now), "arrived": arrived})
    await debtors.look_at_ends(connection, to, creditor=creditor, since=row.now)
    due = (await connection.execute(DUE, {"creditor": creditor, "now": to, "arrived": arrived})).scalars().all()
    await tell(connection, due, "clock_moved", to)
    return True
