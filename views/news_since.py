"""What is new in a case since somebody looked at it: a mark of what they saw, and what happened after it."""

import re
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json
from views.status import HAPPENED
from views.timeline import Entry

# Each source numbers what it tells by itself; what has no line of its own is told as news, or changes what is owed. Of refunds
# counts what was said of each, and to which account it goes.
MARK = text(f"""
select c.news_seq, c.balance, c.state, coalesce((
  select md5(string_agg(concat_ws(' ', r.id, r.state, r.to_account, (
    select max(v.id) from refund_verdict v where v.refund_id = r.id)), ',' order by r.id))
  from refund r where r.invoice_id = c.invoice_id), '') as refunds, array(
  select e.source || '.' || max(e.nth) from ({HAPPENED}) e group by e.source order by e.source) as places
from dunning_case c where c.id = :case
""")
SINCE = text(f"""
select at, sort, nth, source, what, by, detail, told from ({HAPPENED}) e
where nth > coalesce((cast(:places as jsonb) ->> source)::bigint, 0) order by at, sort, nth
""")
_PLACE = re.compile(r"([a-z-]+)\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where somebody has seen a case, as it stands in a form."""

    written: str

    @property
    def places(self) -> dict[str, int]:
        """The last that each source had told."""
        return {source: int(place) for source, place in _PLACE.findall(self.written)}


async def mark(connection: AsyncConnection, case: int) -> Mark:
    """Up to where everything of a case can be seen now."""
    row = (await connection.execute(MARK, {"case": case})).one()
    return Mark(" ".join([f"{row.news_seq}/{row.balance}/{row.state}/{row.refunds}", *row.places]))


async def since(connection: AsyncConnection, case: int, seen: Mark) -> list[Entry]:
    """What happened in a case after a mark, oldest first, as its timeline has it."""
    rows = (await connection.execute(SINCE, {"case": case, "places": to_json(seen.places)})).all()
    told = (dict(row._mapping) | {"detail": row.detail or {}, "told": row.told or {}} for row in rows)
    return [Entry(**each, cases=[case], invoices=[]) for each in told]
