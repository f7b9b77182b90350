"""What a person answered to a debtor's words: kept beside them, shown on the page, and sent by the way that they came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEEP = text("""
insert into answer (reply_id, creditor_id, debtor_id, case_id, channel, text, by, happened_at)
values (:reply, :creditor, :debtor, :case, :channel, :text, :by, :now) returning id
""")
TEXT = text("select text from answer where id = :id")
SAME = text("select exists (select from answer where reply_id = :reply and text = :text)")
SEEN = text("""
update answer set seen_at = :now where seen_at is null and happened_at <= :now
  and case_id = (select id from dunning_case where invoice_id = :invoice)
""")


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer to a reply; `channel` is the way that its debtor's own words came by."""

    reply: int
    creditor: str
    debtor: int
    case: int
    channel: str
    text: str
    by: str


async def keep(connection: AsyncConnection, answer: NewAnswer, now: datetime) -> int:
    """Keep an answer; gives its number."""
    values: dict[str, Any] = {
        "reply": answer.reply,
        "creditor": answer.creditor,
        "debtor": answer.debtor,
        "case": answer.case,
        "channel": answer.channel,
        "text": answer.text,
        "by": answer.by,
        "now": now,
    }
    return int((await connection.execute(KEEP, values)).scalar_one())


async def text_of(connection: AsyncConnection, id: int) -> str:
    """An answer's words."""
    return str((await connection.execute(TEXT, {"id": id})).scalar_one())


async def was_given(connection: AsyncConnection, reply: int, words: str) -> bool:
    """Whether a reply was answered with these words already."""
    return bool((await connection.execute(SAME, {"reply": reply, "text": words})).scalar_one())


async def seen(connection: AsyncConnection, invoice: int, now: datetime) -> None:
    """A person has the page on which an invoice's answers stand."""
    await connection.execute(SEEN, {"invoice": invoice, "now": now})
