"""Saved replies, each of a creditor and in a language; the one that took another's place says who wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.desk.within import OF_CREDITOR

KEEP = text("""
insert into desk_saved_reply (creditor_id, language, title, text, by, answers, happened_at)
values (:creditor, :language, :title, :text, :by, :answers, :now)
on conflict (creditor_id, language, title) do update set text = excluded.text, by = excluded.by, answers = excluded.answers,
  happened_at = excluded.happened_at
returning id
""")
OF_CREDITORS = text(f"""
select s.id, s.creditor_id, s.language, s.title, s.text, s.by, s.happened_at, s.answers from desk_saved_reply s
where {OF_CREDITOR.format(creditor="s.creditor_id")} and (cast(:creditor as text) is null or s.creditor_id = :creditor)
  and (cast(:language as text) is null or s.language = :language)
order by s.creditor_id, s.language, s.title
""")
REMOVE = text(f"""
delete from desk_saved_reply s where s.id = :id and {OF_CREDITOR.format(creditor="s.creditor_id")} returning s.creditor_id
""")
ABOUT = text("""
select c.invoice_id from dunning_case c where c.debtor_id = :debtor
order by c.id = (select r.case_id from reply r where r.id = :reply) desc nulls last, c.state = 'open' desc, c.id desc limit 1
""")


@dataclass(frozen=True, slots=True)
class SavedReply:
    """Words that are often answered, with fields (`domain.desk.saved_replies`)."""

    id: int
    creditor: str
    language: str
    title: str
    text: str
    by: str
    kept_at: datetime
    answers: str | None  # words of this class


async def keep(
    connection: AsyncConnection,
    creditor: str,
    language: str,
    title: str,
    words: str,
    by: str,
    now: datetime,
    answers: str | None = None,
) -> int:
    """Keep words under a title, in the place of those that had it; gives their number."""
    values = {"creditor": creditor, "language": language, "title": title, "text": words, "by": by, "now": now}
    values["answers"] = answers
    return int((await connection.execute(KEEP, values)).scalar_one())


async def list_saved(
    connection: AsyncConnection, reach: Reach, creditor: str | None = None, language: str | None = None
) -> Sequence[SavedReply]:
    """Those within reach, of one creditor or in one language where that is asked for."""
    values = {"creditor": creditor, "language": language} | reach.values
    return [SavedReply(*row) for row in await connection.execute(OF_CREDITORS, values)]


async def remove(connection: AsyncConnection, reach: Reach, id: int) -> str | None:
    """One is gone: gives whose it was; None where there is none within reach."""
    found: str | None = (await connection.execute(REMOVE, {"id": id} | reach.values)).scalar_one_or_none()
    return found


async def invoice_about(connection: AsyncConnection, debtor: int, reply: int) -> int | None:
    """Which invoice an answer to a reply is about: the one it names, else one that goes on, else the latest."""
    found: int | None = (await connection.execute(ABOUT, {"debtor": debtor, "reply": reply})).scalar_one_or_none()
    return found
