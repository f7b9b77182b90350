"""What was told of the relations of customers some of whose ended: when, in the order in which it came."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.relations import RelationEvent, RelationKind

OF_WHOEVER_LEFT = text("""
with told as (
  select d.id as debtor, r.*, bool_or(r.kind = 'ended') over (partition by d.id) as ends
  from unnest(cast(:debtors as int[])) w(id) join debtor d on d.id = w.id cross join lateral (
    select * from customer_relation c where c.creditor_id = d.creditor_id and c.customer_number = d.customer_number offset 0) r)
select debtor, happened_at, kind, told_id, day, product, monthly_margin, currency, contract_end, payment_method, reason
from told where ends order by debtor, id
""")


class Heard(NamedTuple):
    """What a creditor told of a relation, and when (UTC)."""

    at: datetime
    event: RelationEvent


async def of_whoever_left(connection: AsyncConnection, debtors: Sequence[int]) -> dict[int, list[Heard]]:
    """All that was told of those debtors some of whose relations ended."""
    heard: dict[int, list[Heard]] = defaultdict(list)
    for debtor, at, kind, told_id, *rest in await connection.execute(OF_WHOEVER_LEFT, {"debtors": list(debtors)}):
        heard[debtor].append(Heard(at, RelationEvent(told_id, RelationKind(kind), *rest)))
    return heard
