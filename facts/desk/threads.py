"""What the desk keeps of a thread: who has it, until when it rests, and which others of the same person it takes along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.addresses import THEIRS
from facts.desk.within import OF_CREDITOR

ASKS = "r.automatic is null and r.topic is distinct from 'thanks'"
"""SQL: whether words of a reply `r` end a rest early: a person wrote them, and not to thank."""

# A thread is a debtor's, with those that were merged into it; else of one writer whom nobody knows, of one creditor or none.
OF_REPLY = text(f"""
select r.id, r.creditor_id, r.sender, coalesce(t.merged_into, r.debtor_id) as debtor,
  (select array_agg(k.debtor_id order by k.debtor_id) from reply_candidate k where k.reply_id = r.id) as candidates
from reply r left join desk_thread t on t.debtor_id = r.debtor_id
where r.id = :reply and {OF_CREDITOR.format(creditor="r.creditor_id")}
""")
MERGED = text("select debtor_id from desk_thread where merged_into = :debtor order by debtor_id")
LOCK_DEBTORS = text("""
insert into desk_thread (debtor_id, by, happened_at) select :debtor, :by, :now
on conflict (debtor_id) do update set by = desk_thread.by
""")
LOCK_UNKNOWN = text("""
insert into desk_thread (reply_id, by, happened_at) select :first, :by, :now
on conflict (reply_id) do update set by = desk_thread.by
""")
OF_UNKNOWN = text("""
select id, done_at from reply where sender = :sender and creditor_id is not distinct from :creditor and debtor_id is null
union select id, done_at from reply where id = :reply order by id
""")
OF_THEM = text("select id, done_at from reply where debtor_id = any(cast(:debtors as int[])) order by id")
STATE = text(f"""
select u.name as assigned_to, u.full_name as assigned_name, t.snoozed_until,
  coalesce(t.snoozed_until > :now and (select true from reply r where r.id = any(cast(:unread as int[]))
    and r.id > t.snoozed_after and {ASKS} limit 1) is null, false) as rests
from desk_thread t left join desk_user u on u.id = t.assigned_to and u.disabled_at is null
where t.debtor_id = :debtor or t.reply_id = :first
""")
LAST_ANSWER = text("""
select coalesce(max(a.id), 0) from (select id from answer where debtor_id = any(cast(:debtors as int[])) offset 0) a
""")
ASSIGN = text("""
update desk_thread set assigned_to = :user, by = :by, happened_at = :now where debtor_id = :debtor or reply_id = :first
""")
SNOOZE = text("""
update desk_thread set snoozed_until = cast(:until as timestamptz), snoozed_after = :after, by = :by, happened_at = :now
where debtor_id = :debtor or reply_id = :first
""")
WAKE = text("""
update desk_thread set snoozed_until = null where snoozed_until is not null and (debtor_id = :debtor or reply_id = :first)
""")
# One person by two numbers: of one creditor, by the same name, and born on the same day or reached at the same telephone or
# mail address. In one house may live a father and his son of the same name.
SAME_PERSON = text(f"""
select o.id, o.name, o.customer_number from debtor d cross join lateral (
  select * from debtor where creditor_id = d.creditor_id and name_key = d.name_key and id <> d.id and kind = d.kind offset 0) o
where d.id = :debtor and d.name_key <> '' and (d.birth_date = o.birth_date
    or d.organisation_number = o.organisation_number
    or (select true from contact_point a join contact_point b on b.address_key = a.address_key
      where a.debtor_id = d.id and b.debtor_id = o.id and a.channel <> 'letter'
        and a.state in {THEIRS} and b.state in {THEIRS} limit 1))
  and coalesce(d.birth_date = o.birth_date, true)
order by o.id
""")
MERGE = text("update desk_thread set merged_into = :into, by = :by, happened_at = :now where debtor_id = :debtor")
FOLLOW = text("update desk_thread set merged_into = :into where merged_into = :debtor")
SEPARATE = text("update desk_thread set merged_into = null, by = :by, happened_at = :now where merged_into = :debtor")


@dataclass(frozen=True, slots=True)
class State:
    """Who has a thread, by short and full name, and until when (UTC) it rests, if it does now."""

    assigned_to: str | None = None
    assigned_name: str | None = None
    snoozed_until: datetime | None = None
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread: a debtor's and of those merged into it, or of somebody whom nobody knows. `creditor` None: nobody's."""

    reply: int  # that it was asked for by
    creditor: str | None
    debtor: int | None
    debtors: Sequence[int]
    sender: str | None
    candidates: Sequence[int]
    replies: Sequence[int]
    unread: Sequence[int]
    last_answer: int

    @property
    def first(self) -> int | None:
        """Of somebody unknown: the words that stand for the thread."""
        return None if self.debtor is not None else min(self.unread or self.replies)

    @property
    def seen(self) -> str:
        """What a page that shows it has seen: other words, another answer or somebody who has read it, and it is another."""
        return f"{max(self.replies, default=0)}.{self.last_answer}.{len(self.unread)}"

    @property
    def values(self) -> dict[str, Any]:
        """By what its row is found."""
        return {"debtor": self.debtor, "first": self.first}


async def thread_of(connection: AsyncConnection, reach: Reach, reply: int) -> Thread | None:
    """The thread of a reply; None where there is none within reach."""
    row = (await connection.execute(OF_REPLY, {"reply": reply} | reach.values)).one_or_none()
    if row is None:
        return None
    if row.debtor is None:
        values = {"sender": row.sender, "creditor": row.creditor_id, "reply": reply}
        found, debtors, last = (await connection.execute(OF_UNKNOWN, values)).all(), list[int](), 0
    else:
        merged = (await connection.execute(MERGED, {"debtor": row.debtor})).scalars().all()
        debtors = [row.debtor, *merged]
        found = (await connection.execute(OF_THEM, {"debtors": debtors})).all()
        last = (await connection.execute(LAST_ANSWER, {"debtors": debtors})).scalar_one()
    return Thread(
        reply,
        row.creditor_id,
        row.debtor,
        debtors,
        row.sender,
        row.candidates or [],
        [each.id for each in found],
        [each.id for each in found if each.done_at is None],
        last,
    )


async def lock(connection: AsyncConnection, thread: Thread, by: str, now: datetime) -> None:
    """Nobody else at the desk changes the thread, or answers there, until the transaction ends."""
    statement = LOCK_DEBTORS if thread.debtor is not None else LOCK_UNKNOWN
    await connection.execute(statement, thread.values | {"by": by, "now": now})


async def state_of(connection: AsyncConnection, thread: Thread, now: datetime) -> State:
    """Who has it, and whether it rests."""
    values = thread.values | {"unread": list(thread.unread), "now": now}
    row = (await connection.execute(STATE, values)).one_or_none()
    return State(*row) if row else State()


async def assign(connection: AsyncConnection, thread: Thread, user: int | None, by: str, now: datetime) -> None:
    """Somebody has it from now on, or nobody. The thread is locked."""
    await connection.execute(ASSIGN, thread.values | {"user": user, "by": by, "now": now})


async def snooze(connection: AsyncConnection, thread: Thread, until: datetime, by: str, now: datetime) -> None:
    """It rests until then, or until somebody asks for something. The thread is locked."""
    after = max(thread.replies, default=0)
    await connection.execute(SNOOZE, thread.values | {"until": until, "after": after, "by": by, "now": now})


async def wake(connection: AsyncConnection, thread: Thread) -> None:
    """It rests no more: somebody has done what there was to do."""
    await connection.execute(WAKE, thread.values)


async def same_person(connection: AsyncConnection, debtor: int) -> Sequence[Any]:
    """The other debtors who surely are this one too, by id, name and customer number: their threads may be one."""
    return (await connection.execute(SAME_PERSON, {"debtor": debtor})).all()


async def merge(connection: AsyncConnection, thread: Thread, other: int, by: str, now: datetime) -> bool:
    """Another debtor's thread is shown and answered in this one; gives whether it may be, as both are one person."""
    if thread.debtor is None or other not in {each.id for each in await same_person(connection, thread.debtor)}:
        return False
    values = {"debtor": other, "into": thread.debtor, "by": by, "now": now}
    await connection.execute(LOCK_DEBTORS, values)
    await connection.execute(FOLLOW, values)
    await connection.execute(MERGE, values)
    return True


async def separate(connection: AsyncConnection, thread: Thread, by: str, now: datetime) -> None:
    """What was merged into it stands by itself again."""
    await connection.execute(SEPARATE, {"debtor": thread.debtor, "by": by, "now": now})
