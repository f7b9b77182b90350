"""What creditors tell many: written, whom it is for, how far it has come, and who was told; ids of people alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.announcements import APART
from domain.moment import Moment
from domain.vocabulary import ANNOUNCEMENT
from facts.addresses import of_one_recipient
from facts.database import to_json

AT_ONCE = 200  # cases that are looked for, or told, in one transaction

COLUMNS = """id, creditor_id, kind, words, written, until, by, happened_at, at_work, reached, counted_at, sent_by,
  sent_at, told_at, stopped_by, stopped_at"""
WRITE = text("""
insert into announcement (creditor_id, once, kind, words, written, until, by, at_work, reached, happened_at)
values (:creditor, :once, :kind, cast(:words as jsonb), :written, :until, :by, true, 0, :now)
on conflict (once) do nothing
""")
OF_ONCE = text("select id from announcement where once = :once and creditor_id = :creditor")
ONE = f"select {COLUMNS} from announcement where id = :id"
READ, LOCKED = text(ONE), text(f"{ONE} for update")
OF_CREDITOR = text(f"""
select {COLUMNS} from announcement where creditor_id = any(cast(:creditors as text[])) order by id desc limit :most
""")
# Any of them: a long one keeps nobody's short one waiting. Of one creditor one at a time, so that nobody is told of two.
AT_WORK = text(f"""
select {COLUMNS} from announcement where at_work and id <> all(cast(:but as int[])) order by random() limit 1 for update
""")
OF_ITS_CREDITOR = text("select id from creditor where id = :creditor for no key update")
COUNTED = text("""
update announcement set reached = coalesce(cast(:reached as int), reached),
  counted_at = case when cast(:reached as int) is null then cast(:now as timestamptz) end,
  at_work = cast(:reached as int) is not null where id = :id
""")
SEND = text("update announcement set sent_by = :by, sent_at = :now, at_work = true where id = :id")
TOLD = text("update announcement set told_at = :now, at_work = false where id = :id")
STOP = text("update announcement set stopped_by = :by, stopped_at = :now, at_work = false where id = :id")
FOR = text(f"""
select c.id as case_id, c.written_to as recipient,
  (select true from contact_point w where w.debtor_id = c.written_to and w.state = 'opted out' limit 1) is not null as opted_out,
  (select true from {of_one_recipient("c.written_to", "c.creditor_id")} w join delivery d on d.debtor_id = w.id
     where d.claimed_at > :since and d.message = '{ANNOUNCEMENT}' and d.state in ('claimed', 'accepted') limit 1) is not null
  or (select true from announced t join announcement n on n.id = t.announcement_id where t.recipient_id = c.written_to
     and n.id <> :id and t.told_at is not null and t.left_out is null and n.stopped_at is null and n.until >= :today limit 1)
     is not null as told_lately
from circumstances c where c.id = any(:cases)
""")
# Of a debtor's several cases the first that may tell.
KEEP = text("""
insert into announced (announcement_id, recipient_id, case_id, channel, left_out)
select :id, r.recipient, r.case_id, r.channel, r.left_out from unnest(cast(:recipients as int[]), cast(:cases as int[]),
  cast(:channels as text[]), cast(:left_out as text[])) r(recipient, case_id, channel, left_out)
on conflict (announcement_id, recipient_id) do update
  set case_id = excluded.case_id, channel = excluded.channel, left_out = excluded.left_out
  where announced.left_out is not null and excluded.left_out is null
""")
TO_TELL = text("""
select recipient_id, case_id from announced where announcement_id = :id and left_out is null and told_at is null
order by recipient_id limit :most for update
""")
MARK = text("""
update announced set told_at = case when m.left_out is null then cast(:now as timestamptz) end, left_out = m.left_out
from unnest(cast(:recipients as int[]), cast(:left_out as text[])) m(recipient, left_out)
where announcement_id = :id and recipient_id = m.recipient
""")
COUNTS = text("""
select channel, left_out, told_at is not null as told, count(*) as how_many from announced where announcement_id = :id
group by 1, 2, 3 order by 1, 2, 3
""")
SENT = text(f"""
select d.state, count(*) as how_many from announced t join delivery_case s on s.case_id = t.case_id
  and s.step = '{ANNOUNCEMENT}#' || t.announcement_id join delivery d on d.id = s.delivery_id
where t.announcement_id = :id and t.told_at is not null group by 1
""")
SAMPLE = text("""
select t.channel, d.name, d.language, d.id as debtor_id, t.case_id, i.number from announced t
join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
where t.announcement_id = :id and t.left_out is null order by t.recipient_id limit :most
""")
WORDS = text("select words from announcement where id = :id")


@dataclass(frozen=True, slots=True)
class Kept:
    """An announcement as it is kept; moments in UTC."""

    id: int
    creditor: str
    kind: str
    words: Mapping[str, Any]
    written: str
    until: date
    by: str
    happened_at: datetime
    at_work: bool
    reached: int
    counted_at: datetime | None
    sent_by: str | None
    sent_at: datetime | None
    told_at: datetime | None
    stopped_by: str | None
    stopped_at: datetime | None

    @property
    def state(self) -> str:
        """How far it has come: counting, counted, sending, told or stopped."""
        if self.stopped_at:
            return "stopped"
        if self.told_at:
            return "told"
        if self.sent_at:
            return "sending"
        return "counted" if self.counted_at else "counting"


@dataclass(frozen=True, slots=True)
class Meant:
    """A case of a segment, and who is written to of it."""

    case: int
    recipient: int
    opted_out: bool
    told_lately: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who gets it."""

    channel: str
    name: str
    language: str
    debtor: int
    case: int
    number: str


@dataclass(frozen=True, slots=True)
class Reached:
    """Whether somebody gets it: by a case and a channel, or why not."""

    recipient: int
    case: int
    channel: str | None
    left_out: str | None


async def write(
    connection: AsyncConnection,
    creditor: str,
    once: str,
    kind: str,
    words: Mapping[str, Any],
    written: str,
    until: date,
    by: str,
    now: datetime,
) -> int:
    """Keep what is to be told, under a number of its form's: given again it is the same. Gives its id."""
    values = {"creditor": creditor, "once": once, "kind": kind, "words": to_json(words), "written": written}
    await connection.execute(WRITE, {**values, "until": until, "by": by, "now": now})
    return int((await connection.execute(OF_ONCE, {"once": once, "creditor": creditor})).scalar_one())


async def read(connection: AsyncConnection, id: int, *, lock: bool = False) -> Kept | None:
    """An announcement by its id."""
    row = (await connection.execute(LOCKED if lock else READ, {"id": id})).one_or_none()
    return Kept(*row) if row else None


async def latest(connection: AsyncConnection, creditors: Sequence[str], most: int) -> list[Kept]:
    """The latest of some creditors."""
    rows = (await connection.execute(OF_CREDITOR, {"creditors": list(creditors), "most": most})).all()
    return [Kept(*row) for row in rows]


async def next_at_work(connection: AsyncConnection, but: Sequence[int]) -> Kept | None:
    """One whose debtors are looked for or told, locked until the transaction ends, as is all else of its creditor."""
    row = (await connection.execute(AT_WORK, {"but": list(but)})).one_or_none()
    if row is None:
        return None
    await connection.execute(OF_ITS_CREDITOR, {"creditor": row.creditor_id})
    return Kept(*row)


async def meant(connection: AsyncConnection, id: int, cases: Sequence[int], now: Moment) -> dict[int, Meant]:
    """Of cases, who is written to, and whether they want nothing or were told something lately; by case."""
    values = {"id": id, "cases": list(cases), "since": now.at - APART, "today": now.day}
    return {row.case_id: Meant(*row) for row in (await connection.execute(FOR, values)).all()}


async def keep_reached(
    connection: AsyncConnection, id: int, found: Sequence[Reached], reached: int | None, now: datetime
) -> None:
    """These were looked at, up to a case; None: all there are."""
    of_each: dict[int, Reached] = {}
    for each in found:
        if each.recipient not in of_each or of_each[each.recipient].left_out is not None:
            of_each[each.recipient] = each
    values = {
        "recipients": list(of_each),
        "cases": [each.case for each in of_each.values()],
        "channels": [each.channel for each in of_each.values()],
        "left_out": [each.left_out for each in of_each.values()],
    }
    await connection.execute(KEEP, {"id": id, **values})
    await connection.execute(COUNTED, {"id": id, "reached": reached, "now": now})


async def send(connection: AsyncConnection, id: int, by: str, now: datetime) -> None:
    """A person wants it sent to those that were counted."""
    await connection.execute(SEND, {"id": id, "by": by, "now": now})


async def stop(connection: AsyncConnection, id: int, by: str, now: datetime) -> None:
    """Nobody else gets it."""
    await connection.execute(STOP, {"id": id, "by": by, "now": now})


async def to_tell(connection: AsyncConnection, id: int) -> dict[int, int]:
    """The next cases that are to tell it, by who is written to; locked until the transaction ends."""
    rows = (await connection.execute(TO_TELL, {"id": id, "most": AT_ONCE})).all()
    return {row.recipient_id: row.case_id for row in rows}


async def mark(connection: AsyncConnection, id: int, left_out: Mapping[int, str | None], now: datetime) -> None:
    """These are told now, by who is written to, but for those that are left out after all."""
    values = {"id": id, "recipients": list(left_out), "left_out": list(left_out.values()), "now": now}
    await connection.execute(MARK, values)


async def all_told(connection: AsyncConnection, id: int, now: datetime) -> None:
    """Every case has heard of it."""
    await connection.execute(TOLD, {"id": id, "now": now})


async def counts(connection: AsyncConnection, id: int) -> list[tuple[str | None, str | None, bool, int]]:
    """How many people, by channel, by why they are left out, and by whether their cases were told."""
    rows = (await connection.execute(COUNTS, {"id": id})).all()
    return [(row.channel, row.left_out, row.told, row.how_many) for row in rows]


async def sent(connection: AsyncConnection, id: int) -> dict[str, int]:
    """How many messages of it there are, by how far they came."""
    return {row.state: row.how_many for row in (await connection.execute(SENT, {"id": id})).all()}


async def sample(connection: AsyncConnection, id: int, most: int) -> list[Receiver]:
    """Some of those that get it."""
    return [Receiver(*row) for row in (await connection.execute(SAMPLE, {"id": id, "most": most})).all()]


async def words_of(connection: AsyncConnection, id: int) -> Mapping[str, Any]:
    """What is said, by language."""
    found: Mapping[str, Any] = (await connection.execute(WORDS, {"id": id})).scalar_one()
    return found
