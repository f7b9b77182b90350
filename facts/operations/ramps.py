"""The ramp of a creditor that goes live: how many of a hundred debtors are in, who waits, and what wakes when it grows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.outbox import tell
from facts.ramp import outside_ramp, place_of
from facts.refusals import Conflict

Percent = Literal[1, 10, 100]
ALL = 100

LOCK = text("select id from creditor where id = :creditor for no key update")
HISTORY = text("""
select percent, by, reason_code, happened_at from creditor_ramp where creditor_id = :creditor order by id
""")
ADD = text("""
insert into creditor_ramp (creditor_id, percent, by, reason_code, happened_at)
values (:creditor, :percent, :by, :reason_code, :now)
""")
COUNTED = text(f"""
select count(*) as cases, count(*) filter (where outside) as cases_waiting, count(distinct debtor_id) as debtors,
  count(distinct debtor_id) filter (where outside) as debtors_waiting
from (select c.debtor_id, {outside_ramp("c.creditor_id", "c.debtor_id")} is not null as outside from dunning_case c
  where c.creditor_id = :creditor and c.state = 'open') as each
""")
CROSSING = text(f"""
select id from (select id, {place_of("creditor_id", "debtor_id")} as place from dunning_case
  where creditor_id = :creditor and state = 'open') c
where place >= least(cast(:percent as int), :before) and place < greatest(cast(:percent as int), :before)
""")
BELOW = text("""
select distinct on (creditor_id) creditor_id, percent, by, reason_code, happened_at from creditor_ramp
order by creditor_id, id desc
""")


@dataclass(frozen=True, slots=True)
class RampSet:
    """How many of a hundred debtors were let in, by whom, why and when (UTC)."""

    percent: int
    by: str
    reason_code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Ramp:
    """A creditor's ramp: how many of a hundred debtors are in, how it came to that, and who waits, of the open cases."""

    percent: int
    history: tuple[RampSet, ...]
    """Oldest first; empty where there never was a ramp, so that all are in."""
    cases: int
    cases_waiting: int
    debtors: int
    debtors_waiting: int


async def ramp_of(connection: AsyncConnection, creditor: str) -> Ramp:
    """A creditor's ramp as it stands."""
    history = await _history(connection, creditor)
    counted = (await connection.execute(COUNTED, {"creditor": creditor})).one()
    return Ramp(history[-1].percent if history else ALL, history, *counted)


async def set_ramp(
    connection: AsyncConnection, creditor: str, percent: Percent, by: str, reason_code: str, now: datetime
) -> int:
    """Let so many of a hundred debtors in; gives how many open cases look again, because they come in or drop out.

    Raises Conflict where it stands there already.
    """
    await connection.execute(LOCK, {"creditor": creditor})
    history = await _history(connection, creditor)
    before = history[-1].percent if history else ALL
    if history and before == percent:
        raise Conflict(f"the ramp of {creditor} is at {percent} % already, since {history[-1].since:%Y-%m-%d}")
    values = {"creditor": creditor, "percent": percent}
    await connection.execute(ADD, values | {"by": by, "reason_code": reason_code, "now": now})
    crossing = (await connection.execute(CROSSING, values | {"before": before})).scalars().all()
    return len(await tell(connection, crossing, "ramp_changed", now))


async def below_all(connection: AsyncConnection) -> dict[str, RampSet]:
    """Every creditor some of whose debtors are not in, with how far it has come."""
    rows = (await connection.execute(BELOW)).all()
    return {creditor: RampSet(percent, *told) for creditor, percent, *told in rows if percent < ALL}


async def _history(connection: AsyncConnection, creditor: str) -> tuple[RampSet, ...]:
    return tuple(RampSet(*row) for row in (await connection.execute(HISTORY, {"creditor": creditor})).all())
