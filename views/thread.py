"""A debtor's thread: all that passed both ways, by every channel. Deliveries and replies are read where they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST = 200
THREAD = text("""
select * from (
  (select r.happened_at as at, 'in' as direction, r.channel, r.topic as about, r.subject, r.text,
     coalesce(r.automatic, case when r.done_at is null then 'unread' else 'read' end) as state,
     coalesce((select json_agg(i.number) from dunning_case c join invoice i on i.id = c.invoice_id where c.id = r.case_id), '[]')
       as invoices, r.id as reply, r.delivery_id as delivery, r.more,
     coalesce(r.taken_by || ' for the ' || r.said_by, r.said_by, 'debtor') as by
   from reply r where r.debtor_id = :debtor order by r.happened_at desc, r.id desc limit :most)
  union all
  (select coalesce(d.accepted_at, d.claimed_at), 'out', d.channel, d.message, d.document ->> 'subject', d.document ->> 'text',
     d.state,
     coalesce((select json_agg(i.number order by i.id) from delivery_case dc join dunning_case c on c.id = dc.case_id
       join invoice i on i.id = c.invoice_id where dc.delivery_id = d.id), '[]'), null, d.id, 0, 'purr'
   from delivery d where d.debtor_id = :debtor and d.message <> 'answer' order by d.claimed_at desc limit :most)
  union all
  (select a.happened_at, 'out', a.channel, 'answer', null, a.text, case when a.seen_at is null then 'not seen' else 'seen' end,
     json_build_array(i.number), a.reply_id, null, 0, a.by
   from answer a join dunning_case c on c.id = a.case_id join invoice i on i.id = c.invoice_id
   where a.debtor_id = :debtor order by a.happened_at desc limit :most)) t
order by at desc, direction, reply desc limit :most
""")


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message, theirs or ours."""

    at: datetime
    direction: Literal["in", "out"]
    channel: str
    about: str | None
    subject: str | None
    text: str | None
    state: str
    invoices: list[str]
    reply: int | None
    delivery: UUID | None
    more: int
    by: str


async def read_thread(connection: AsyncConnection, debtor: int) -> list[ThreadMessage]:
    """The thread of a debtor, the newest first."""
    rows = (await connection.execute(THREAD, {"debtor": debtor, "most": MOST})).all()
    return [ThreadMessage(*row) for row in rows]
