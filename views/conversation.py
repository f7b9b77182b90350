"""The conversation as its debtor sees it on the page: their own words and files, our answers, and what was read by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST = 50
# What a person at the creditor's noted of a call is theirs, and no word of the debtor's; nor is what a machine wrote. Shown is
# what surely is the debtor's own: no mail that only names the invoice, no SMS from a telephone that several share, and no
# address that whoever has the link gave.
SAID = text(f"""
select at, own, channel, words, read_at, said_by, files from (
  select r.happened_at as at, true as own, r.channel, concat_ws(e'\\n\\n', r.subject, nullif(r.text, '')) as words,
    case when r.done_by <> 'purr' then r.done_at end as read_at, r.said_by, r.id as nth,
    coalesce((select json_agg(json_build_object('name', f.name, 'size', f.size, 'stored', f.stored) order by f.position)
      from reply_file f where f.reply_id = r.id and f.answer_id is null and f.left_out is null
        and f.name <> ''), '[]') as files
  from reply r
  where r.debtor_id = :debtor and (:all or r.case_id = :case) and r.automatic is null and r.taken_by is null
    and (r.channel <> 'email' or r.tied_by = 'reply address')
    and (r.channel not in ('sms', 'direct_message') or not exists (select from reply o
      where o.sender = r.sender and o.happened_at = r.happened_at and o.debtor_id <> r.debtor_id))
    and (r.channel <> 'page' or r.topic is distinct from 'address' or r.done_by is distinct from 'purr')
    and (r.text <> '' or exists (select from reply_file f where f.reply_id = r.id and f.answer_id is null))
  union all
  select a.happened_at, false, a.channel, a.text, a.seen_at, null, a.id,
    coalesce((select json_agg(json_build_object('name', f.name, 'size', f.size, 'stored', f.stored) order by f.position)
      from reply_file f where f.answer_id = a.id and f.name <> ''), '[]')
  from answer a where a.debtor_id = :debtor and (:all or a.case_id = :case)) t
order by at desc, own, nth desc limit {MOST}
""")


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `read_at` is when a person at the creditor's had read it, or, of ours, when it was seen on the page."""

    at: datetime
    own: bool  # the debtor's, or of whoever stands in; else an answer
    channel: str
    words: str
    read_at: datetime | None
    said_by: str | None
    files: Sequence[dict[str, Any]]


async def conversation(connection: AsyncConnection, debtor: int, case: int, *, all_of: bool) -> list[Said]:
    """What passed about one case, or about all of a debtor's, the oldest first."""
    values = {"debtor": debtor, "case": case, "all": all_of}
    rows = (await connection.execute(SAID, values)).all()
    return [Said(*row) for row in reversed(rows)]
