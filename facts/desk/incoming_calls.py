"""Who calls whom at the desk now: told by the phone system to whom it concerns alone, and forgotten after a day.

Kept are the contact points that have the number, and the number itself only where nobody whom the user sees has it. What
is said on the telephone is never kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from domain.parties.addresses import address_key
from facts.database import to_json
from facts.desk.sessions import HOLDS, IDLE, LONGEST
from facts.desk.within import OF_CREDITOR, OF_DEBTOR

CHANNEL: Final = "desk"
"""Where PostgreSQL wakes whoever has a page of the desk open: a notification says nothing else."""
RINGS_FOR: Final = timedelta(minutes=10)  # it is listed so long
KEPT_FOR: Final = timedelta(days=1)
MOST: Final = 5  # are listed, the newest first
MOST_POINTS: Final = 40  # an adviser's number may be that of hundreds of clients

# Wall time in all of them: somebody is on the telephone.
KNOWN: Final = (
    "(select p.address from contact_point p where p.id = cast(k.contact_points ->> 0 as int) and p.state <> 'wrong')"
)
FIELDS: Final = f"k.id, k.creditor_id, coalesce(k.number, {KNOWN}) as number, k.contact_points, k.happened_at"
THEIRS: Final = """from incoming_call k join desk_user u on u.id = k.user_id
where k.user_id = :user and u.hears_calls and (u.creditors is null or u.creditors ? k.creditor_id)
  and k.recorded_at > clock_timestamp() - cast(:since as interval)"""
WITH_NUMBER = text(f"""
select p.id from contact_point p join debtor d on d.id = p.debtor_id
where p.address_key = :key and p.channel in ('sms', 'phone', 'direct_message') and p.state <> 'wrong'
  and {OF_CREDITOR.format(creditor="d.creditor_id")} and {OF_DEBTOR}
order by d.creditor_id = :creditor desc, p.id limit {MOST_POINTS}
""")
TELL = text("""
with told as (
  insert into incoming_call (id, creditor_id, user_id, call_hash, number, contact_points, happened_at)
  values (:id, :creditor, :user, :call_hash, :number, cast(:points as jsonb), :now)
  on conflict (creditor_id, call_hash, user_id) do nothing returning id)
select id, pg_notify('desk', '') from told
""")
TOLD = text("select id from incoming_call where creditor_id = :creditor and call_hash = :call_hash and user_id = :user")
FIND = text(f"select {FIELDS} {THEIRS} and k.id = :id")
RING = text(f"select {FIELDS} {THEIRS} order by k.recorded_at desc limit {MOST}")
RING_FOR = text(f"""
select s.token_hash, array(
    select k.id from incoming_call k where k.user_id = u.id and (u.creditors is null or u.creditors ? k.creditor_id)
      and k.recorded_at > clock_timestamp() - cast(:since as interval) order by k.recorded_at desc limit {MOST}) as calls
from desk_session s join desk_user u on u.id = s.user_id
where s.token_hash = any(cast(:tokens as text[])) and u.disabled_at is null and u.hears_calls and {HOLDS}
""")
BOUND = text("""
update incoming_call set number = null, contact_points = cast(:points as jsonb)
where id = :id and cast(:points as jsonb) <> '[]'::jsonb
""")
FORGET_THEIRS = text("delete from incoming_call where user_id = :user")
FORGET = text("delete from incoming_call where recorded_at < clock_timestamp() - cast(:kept_for as interval)")


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call on somebody's telephone, to the line of `creditor`; withheld without `number`."""

    id: UUID
    creditor: str
    number: str | None
    contact_points: Sequence[int]
    at: datetime


async def ring(
    connection: AsyncConnection, reach: Reach, user: int, creditor: str, call: str, number: str | None, now: datetime
) -> UUID:
    """Tell somebody that they are called, once however often the phone system says so: the first time counts.

    `number` is E.164; None where it is withheld. A call that is put through to somebody else is told to them as well.
    """
    points = await with_number(connection, reach, number, creditor) if number else []
    values: Mapping[str, Any] = {
        "id": uuid4(),
        "creditor": creditor,
        "user": user,
        "call_hash": sha256(call.encode()).hexdigest(),
        "number": None if points else number,
        "points": to_json(points),
        "now": now,
    }
    row = (await connection.execute(TELL, values)).one_or_none()
    if row is not None:
        return UUID(str(row.id))
    named = {name: values[name] for name in ("creditor", "call_hash", "user")}
    return UUID(str((await connection.execute(TOLD, named)).scalar_one()))


async def with_number(connection: AsyncConnection, reach: Reach, number: str, first: str) -> list[int]:
    """The contact points within reach that have a number, those of one creditor first."""
    values = reach.values | {"key": address_key(number), "creditor": first}
    return list((await connection.execute(WITH_NUMBER, values)).scalars())


async def find(connection: AsyncConnection, user: int, id: UUID) -> IncomingCall | None:
    """A call of somebody's own; None where it is another's or forgotten, and where they want to hear of none."""
    row = (await connection.execute(FIND, {"user": user, "id": id, "since": KEPT_FOR})).one_or_none()
    return _call_of(row) if row else None


async def ringing(connection: AsyncConnection, user: int) -> list[IncomingCall]:
    """Who calls somebody, or did a few minutes ago, the newest first."""
    return [_call_of(row) for row in await connection.execute(RING, {"user": user, "since": RINGS_FOR})]


async def ringing_for(connection: AsyncConnection, tokens: Sequence[str]) -> dict[str, list[str]]:
    """The ids of the same for many sessions, by the hashes of their tokens; without those that hear of none any more."""
    values = {"tokens": list(tokens), "since": RINGS_FOR, "idle": IDLE, "longest": LONGEST}
    return {row.token_hash: [str(id) for id in row.calls] for row in await connection.execute(RING_FOR, values)}


async def bound(connection: AsyncConnection, call: UUID, points: Sequence[int]) -> None:
    """The number of a call is that of these contact points now, and kept here no more."""
    await connection.execute(BOUND, {"id": call, "points": to_json(list(points))})


async def forget_theirs(connection: AsyncConnection, user: int) -> None:
    """Nothing is left of somebody's calls."""
    await connection.execute(FORGET_THEIRS, {"user": user})


async def forget(connection: AsyncConnection) -> None:
    """Nothing is left of the calls of yesterday."""
    await connection.execute(FORGET, {"kept_for": KEPT_FOR})


def _call_of(row: Row[Any]) -> IncomingCall:
    return IncomingCall(UUID(str(row.id)), row.creditor_id, row.number, row.contact_points, row.happened_at)
