"""Files that came with what a debtor wrote, or with our answer: receipts, letters, pictures, kept beside the reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.mailed_files import MailedFile

# The files of a reply `r`, as lists tell them: what is inside is read one by one.
LISTED = """
coalesce((select json_agg(json_build_object('number', f.position, 'name', f.name, 'media_type', f.media_type, 'size', f.size,
  'left_out', f.left_out) order by f.position)
  from reply_file f where f.reply_id = r.id and f.answer_id is null), '[]') as files
"""
KEEP = text("""
insert into reply_file (reply_id, position, name, media_type, size, content, left_out, stored, answer_id, happened_at)
values (:reply, :position, :name, :media_type, :size, :content, :left_out, :stored, :answer, :now)
""")
READ = text("""
select f.name, f.media_type, f.content, f.stored from reply_file f join reply r on r.id = f.reply_id
where f.reply_id = :reply and f.position = :position and (f.content is not null or f.stored is not null)
  and (cast(:creditor as text) is null or r.creditor_id = :creditor)
""")
LAST = text("select coalesce(max(position), 0) from reply_file where reply_id = :reply")
# Of the debtor's own, and what was answered to them: what another debtor's link names is not there.
OF_DEBTOR = text("""
select f.name, f.media_type, f.content, f.stored
from reply_file f join reply r on r.id = f.reply_id left join answer a on a.id = f.answer_id
where f.stored = :stored and r.debtor_id = :debtor
  and (cast(:case as int) is null or coalesce(a.case_id, r.case_id) = :case)
""")
DEBTOR = text("select debtor_id from reply where id = :reply and creditor_id = :creditor")
SIZE_OF_ALL = text("""
select coalesce(sum(f.size), 0) from reply r join reply_file f on f.reply_id = r.id
where r.debtor_id = :debtor and f.stored is not null and f.answer_id is null
""")
NAMED = text("select stored from reply_file where stored = any(cast(:stored as text[]))")


@dataclass(frozen=True, slots=True)
class ReplyFile:
    """A file that is kept: its content, or its name in the folder of attachments."""

    name: str
    media_type: str
    content: bytes | None
    stored: str | None


async def keep(
    connection: AsyncConnection, reply: int, files: Sequence[MailedFile], now: datetime, answer: int | None = None
) -> None:
    """Keep the files of a reply, or of an `answer` to it, in their order."""
    last = (await connection.execute(LAST, {"reply": reply})).scalar_one() if answer is not None else 0
    rows = [
        {
            "reply": reply,
            "position": position,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "content": file.content,
            "left_out": file.left_out,
            "stored": file.stored,
            "answer": answer,
            "now": now,
        }
        for position, file in enumerate(files, last + 1)
    ]
    if rows:
        await connection.execute(KEEP, rows)


async def read(connection: AsyncConnection, creditor: str | None, reply: int, position: int) -> ReplyFile | None:
    """A file of a reply, of the creditor's own or, where None, of any; None for what is not kept."""
    values = {"creditor": creditor, "reply": reply, "position": position}
    row = (await connection.execute(READ, values)).one_or_none()
    return ReplyFile(*row) if row else None


async def of_debtor(connection: AsyncConnection, debtor: int, case: int | None, stored: str) -> ReplyFile | None:
    """A file in the folder of attachments that came with a debtor's own words, about one case or any; None for any other."""
    values = {"debtor": debtor, "case": case, "stored": stored}
    row = (await connection.execute(OF_DEBTOR, values)).one_or_none()
    return ReplyFile(*row) if row else None


async def debtor_of(connection: AsyncConnection, creditor: str, reply: int) -> int | None:
    """Whose reply it is, of a creditor's own; None where nobody knows, or there is none."""
    values = {"reply": reply, "creditor": creditor}
    found: int | None = (await connection.execute(DEBTOR, values)).scalar_one_or_none()
    return found


async def size_of_all(connection: AsyncConnection, debtor: int) -> int:
    """How many bytes of a debtor's lie in the folder of attachments."""
    return int((await connection.execute(SIZE_OF_ALL, {"debtor": debtor})).scalar_one())


async def named(connection: AsyncConnection, stored: Sequence[str]) -> set[str]:
    """Which of these files of the folder of attachments any reply names."""
    return set((await connection.execute(NAMED, {"stored": list(stored)})).scalars())
