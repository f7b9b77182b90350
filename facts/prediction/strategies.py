"""What each change of one line of a creditor's policies would come to, as it was last judged; figures, and no debtor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import is_live
from facts.database import to_json

# Those of whose contacts something was left to chance, here or in what they imported.
TO_JUDGE = text(f"""
select c.id from creditor c where {is_live("c.id")}
  and ((select true from experiment_assignment a where a.creditor_id = c.id limit 1)
    or (select true from history_file f where f.creditor_id = c.id limit 1)
    or (select true from dunning_case d where d.creditor_id = c.id
      and (select true from step_proposal p where p.case_id = d.id limit 1) limit 1))
  and (select true from strategies_look l where l.creditor_id = c.id and l.happened_at > :since limit 1) is null
order by c.id
""")
KEEP = text("""
insert into strategies_look (creditor_id, policy, found, happened_at)
values (:creditor, :policy, cast(:found as jsonb), :now)
""")
LAST = text("""
select distinct on (l.creditor_id, l.policy) l.creditor_id as creditor, l.policy, l.found, l.happened_at as at
from strategies_look l where l.creditor_id = any(cast(:creditors as text[])) order by l.creditor_id, l.policy, l.id desc
""")


@dataclass(frozen=True, slots=True)
class KeptStrategies:
    """What was found of a policy (UTC), as `prediction/effects/strategies_told.py` writes it."""

    creditor: str
    policy: str
    found: dict[str, Any]
    at: datetime


async def to_judge(connection: AsyncConnection, since: datetime) -> list[str]:
    """The live creditors of whom something can be judged, and nothing was since a moment."""
    return list((await connection.execute(TO_JUDGE, {"since": since})).scalars())


async def keep(
    connection: AsyncConnection, creditor: str, policy: str, found: Mapping[str, Any], now: datetime
) -> None:
    """Keep what was found of a policy."""
    await connection.execute(KEEP, {"creditor": creditor, "policy": policy, "found": to_json(found), "now": now})


async def last(connection: AsyncConnection, creditors: Sequence[str]) -> list[KeptStrategies]:
    """What was found last of each policy of some creditors."""
    return [KeptStrategies(*row) for row in await connection.execute(LAST, {"creditors": list(creditors)})]
