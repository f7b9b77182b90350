"""Stop switches: nothing goes out for what they cover until they are lifted; every claim looks at them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.outbox import tell

Scope = Literal["everything", "creditor", "policy", "channel"]
RESTORING = "restore"
"""The reason of a stop of everything while facts are older than the world: nothing is taken back on their word."""

SET = text("""
insert into stop_switch (scope, key, creditor_id, by, reason_code, happened_at)
select cast(:scope as text), cast(:key as text), cast(:creditor as text), :by, :reason_code, :now
where not exists (select from stop_switch where scope = :scope and key = :key and lifted_at is null
  and creditor_id is not distinct from cast(:creditor as text))
""")
LIFT = text("""
update stop_switch set lifted_at = :now, lifted_by = :by
where scope = :scope and key = :key and creditor_id is not distinct from cast(:creditor as text) and lifted_at is null
returning id
""")
COVERED = text("""
select c.id from dunning_case c join policy_text p on p.hash = c.policy_hash
where c.state = 'open' and (cast(:creditor as text) is null or c.creditor_id = :creditor)
  and (cast(:scope as text) in ('everything', 'channel') or (:scope = 'creditor' and c.creditor_id = :key)
    or (:scope = 'policy' and p.name = :key))
""")
RESTORE = text(f"""
select exists (select from stop_switch where scope = 'everything' and reason_code = '{RESTORING}' and lifted_at is null)
""")
LIST = text("""
select scope, key, creditor_id, by, reason_code, happened_at from stop_switch
where lifted_at is null order by happened_at, id
""")


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop switch in force; `creditor` None means the cases of every creditor. `since` is UTC."""

    scope: str
    key: str
    creditor: str | None
    by: str
    reason_code: str
    since: datetime

    def covers(self, creditor: str, policy: str) -> bool:
        """Whether it stops an open case of a creditor under a policy, or one of the ways to its debtor."""
        named = {"creditor": creditor, "policy": policy}
        return self.creditor in (None, creditor) and self.key == named.get(self.scope, self.key)


async def set_stop(
    connection: AsyncConnection, scope: Scope, key: str, creditor: str | None, by: str, reason_code: str, now: datetime
) -> None:
    """Stop everything (`key` empty), a creditor (its id), a policy or a channel (its name).

    With `creditor` only in that creditor's cases. A switch that is already set stays as it is. The caller has
    checked that the key exists.
    """
    values = {"scope": scope, "key": key, "creditor": creditor, "by": by, "reason_code": reason_code, "now": now}
    await connection.execute(SET, values)


async def lift_stop(
    connection: AsyncConnection, scope: Scope, key: str, creditor: str | None, by: str, now: datetime
) -> int:
    """Lift the switch that was set with the same words; gives how many cases look again, 0 when there is none."""
    values = {"scope": scope, "key": key, "creditor": creditor}
    if not (await connection.execute(LIFT, values | {"by": by, "now": now})).all():
        return 0
    covered = (await connection.execute(COVERED, values)).scalars().all()
    return len(await tell(connection, covered, "stop_lifted", now))


async def list_stops(connection: AsyncConnection) -> list[Stop]:
    """The switches in force, oldest first."""
    return [Stop(*row) for row in (await connection.execute(LIST)).all()]


async def restoring(connection: AsyncConnection) -> bool:
    """Whether the facts were restored, and what happened since is not put back yet."""
    found: bool = (await connection.execute(RESTORE)).scalar_one()
    return found
