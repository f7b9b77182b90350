"""What came in as it was sorted by what it says: each reply once, and those that wait for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.proposals import Verdict
from domain.parties.message_classes import MessageClass, Sorted
from facts.database import to_json

MOST_READ = 12_000
"""Characters of a message that are read, and a third as many of its end: who writes more has said it by then."""
MOST_COUNTED = 10_000

# Those that nobody has read come first, however many others came before.
WAITING = text("""
select id from reply where sorted_at is null order by (done_at is not null), id limit :most
""")
UNSORTED = text("select count(*) from (select from reply where sorted_at is null limit :most) waiting")
WORDS = text(f"""
select case when r.subject ~* '^\\s*(re|sv|vs|fw|fwd|vb)\\s*:' then null else r.subject end as subject,
  case when length(r.text) <= {MOST_READ} then r.text
    else left(r.text, {MOST_READ}) || E'\\n' || right(r.text, {MOST_READ // 3}) end as text
from reply r where r.id = :reply
""")
MARK = text("update reply set sorted_at = :now where id = :reply and sorted_at is null returning text")
KEEP = text("""
insert into reply_sorting (reply_id, classes, quotes, stop, urgent, version, happened_at)
values (:reply, cast(:classes as jsonb), cast(:quotes as jsonb), :stop, :urgent, :version, :now)
""")
# Of what nobody has read. What a person has said of it already is not asked again.
OF_REPLIES = text("""
select s.reply_id, s.classes, s.quotes, r.text, r.happened_at, r.case_id,
  (select array_agg(v.kind) from reply_verdict v where v.reply_id = s.reply_id) as judged
from reply_sorting s join reply r on r.id = s.reply_id
where s.reply_id = any(cast(:replies as int[])) and r.done_at is null and r.automatic is null order by s.reply_id desc
""")
JUDGE = text("""
insert into reply_verdict (reply_id, kind, verdict, by, happened_at) values (:reply, :kind, :verdict, :by, :now)
on conflict (reply_id, kind) do nothing returning id
""")


@dataclass(frozen=True, slots=True)
class SortedReply:
    """A reply that nobody has read, as it was sorted. `happened_at` is UTC."""

    reply: int
    classes: Sequence[tuple[MessageClass, float]]
    quotes: Mapping[MessageClass, str]
    text: str
    happened_at: datetime
    case: int | None  # the one it is about, where that is known
    judged: frozenset[MessageClass]


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote; the subject of a mail is theirs where it answers none."""

    subject: str | None
    text: str

    @property
    def whole(self) -> str:
        """Both, as they are read."""
        return f"{self.subject}\n{self.text}" if self.subject else self.text


async def waiting(connection: AsyncConnection, most: int) -> Sequence[int]:
    """The replies that wait to be sorted, those first that nobody has read."""
    return (await connection.execute(WAITING, {"most": most})).scalars().all()


async def count_waiting(connection: AsyncConnection) -> int:
    """How many wait; of very many a part."""
    return int((await connection.execute(UNSORTED, {"most": MOST_COUNTED})).scalar_one())


async def words_of(connection: AsyncConnection, reply: int) -> Words:
    """What a reply says; of a very long one how it begins and ends."""
    return Words(*(await connection.execute(WORDS, {"reply": reply})).one())


async def keep(connection: AsyncConnection, reply: int, found: Sorted, version: str, now: datetime) -> bool:
    """Keep what a reply was sorted as; gives whether it was not before."""
    said = (await connection.execute(MARK, {"reply": reply, "now": now})).scalar_one_or_none()
    if said is None:
        return False
    values: dict[str, Any] = {
        "reply": reply,
        "classes": to_json([[kind, round(chance, 4)] for kind, chance in found.classes]),
        "quotes": to_json(dict(_places(found, said))),
        "stop": found.stop,
        "urgent": found.urgent,
        "version": version,
        "now": now,
    }
    await connection.execute(KEEP, values)
    return True


async def unread_of(connection: AsyncConnection, replies: Sequence[int]) -> list[SortedReply]:
    """Those of these replies that nobody has read and that are sorted, the latest first."""
    return [
        SortedReply(
            row.reply_id,
            [(MessageClass(kind), chance) for kind, chance in row.classes],
            {MessageClass(kind): row.text[at:end] for kind, (at, end) in row.quotes.items()},
            row.text,
            row.happened_at,
            row.case_id,
            frozenset(map(MessageClass, row.judged or ())),
        )
        for row in await connection.execute(OF_REPLIES, {"replies": list(replies)})
    ]


async def judge(
    connection: AsyncConnection, reply: int, kind: MessageClass, verdict: Verdict, by: str, now: datetime
) -> bool:
    """A person has said what a proposal was worth; gives whether that is new."""
    values = {"reply": reply, "kind": kind, "verdict": verdict, "by": by, "now": now}
    return (await connection.execute(JUDGE, values)).first() is not None


def _places(found: Sorted, said: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where each quote begins and ends in the words; what stands in the subject has no place there."""
    for kind, quote in found.quotes.items():
        at = said.find(quote)
        if quote and at >= 0:
            yield str(kind), (at, at + len(quote))
