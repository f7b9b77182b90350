"""What debtors wrote to us, as it is kept: who wrote what, and what nobody has read yet."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.deliveries.reply_files import LISTED as FILES
from facts.going_on import GOES_ON

STANDING_ON_PAGE = text("""
select distinct meaning from reply r where case_id = :case and channel = 'page' and meaning is not null
  and (done_at is null or exists (select from hold h where h.reply_id = r.id and h.released_at is null and h.until > :now))
""")
ANSWERED_LATELY = text("""
select exists (select from reply where debtor_id is null and sender = :sender and happened_at > :since)
""")
MOVED_LATELY = text("""
select coalesce(bool_and(meaning = 'wrong address'), false) and count(distinct happened_at) = 1 from (
  select r.meaning, r.happened_at from reply r where r.sender = :sender and r.happened_at > :since
    and (r.meaning = 'wrong address' or r.id = (select max(id) from reply where sender = :sender))) lately
""")
# The clients that a reply `r` may be about, until a person has told which.
MAY_BE_ABOUT = """
(select json_agg(coalesce(o.customer_number, '?') order by o.name, o.id) from reply_candidate k
  join debtor o on o.id = k.debtor_id where k.reply_id = r.id and r.done_at is null) as may_be_about
"""
LIST = text(f"""
select r.id, r.creditor_id, d.customer_number, r.channel, r.sender, r.text, r.meaning, r.happened_at,
  coalesce((select json_agg(i.number order by i.id) from dunning_case c join invoice i on i.id = c.invoice_id
    where c.debtor_id = r.debtor_id and {GOES_ON} and (r.case_id is null or r.case_id = c.id)), '[]') as invoices,
  r.done_at, r.done_by, r.result, r.subject, r.quoted, r.html, r.automatic, r.tied_by, r.delivery_id,
  r.topic, r.taken_by, r.more, r.said_by,
  {MAY_BE_ABOUT},
  {FILES}
from reply r left join debtor d on d.id = r.debtor_id
where (cast(:creditor as text) is null or r.creditor_id = :creditor) and (r.done_at is null or :finished)
order by r.happened_at, r.id
""")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as lists show it. Nobody we know wrote it where it has no creditor. Moments are UTC."""

    id: int
    creditor: str | None
    customer_number: str | None
    channel: str
    sender: str | None
    text: str
    meaning: str | None
    since: datetime
    invoices: list[str]
    done_at: datetime | None
    done_by: str | None
    result: str | None
    subject: str | None = None
    quoted: str | None = None
    html: str | None = None
    automatic: str | None = None
    tied_by: str | None = None
    delivery: UUID | None = None
    topic: str | None = None
    taken_by: str | None = None
    more: int = 0
    said_by: str | None = None
    may_be_about: list[str] | None = None
    files: list[dict[str, Any]] = field(default_factory=list)


async def list_replies(connection: AsyncConnection, creditor: str | None, *, finished: bool = False) -> list[Reply]:
    """The replies that nobody has read, oldest first; of all creditors and of strangers when None."""
    values = {"creditor": creditor, "finished": finished}
    return [Reply(*row) for row in (await connection.execute(LIST, values)).all()]


async def is_first_of_a_stranger(connection: AsyncConnection, address: str, since: datetime) -> bool:
    """Whether nobody wrote from this unknown address since then: who did was answered."""
    return not (await connection.execute(ANSWERED_LATELY, {"sender": address, "since": since})).scalar_one()


async def is_first_word_of_moving(connection: AsyncConnection, address: str, since: datetime) -> bool:
    """Whether what came last from this address says that somebody has moved, and nothing else since then did."""
    return bool((await connection.execute(MOVED_LATELY, {"sender": address, "since": since})).scalar_one())


async def standing_on_page(connection: AsyncConnection, case: int, now: datetime) -> set[str]:
    """What was said on a case's page and waits to be read, or holds the case."""
    return set((await connection.execute(STANDING_ON_PAGE, {"case": case, "now": now})).scalars())


def plain(words: str) -> str:
    """Words as they are kept: lines end alike, and nothing is in them that cannot be stored."""
    return "\n".join(words.replace("\0", "").splitlines()).strip()
