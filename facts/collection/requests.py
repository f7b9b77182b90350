"""What is posted to partners' APIs: kept word for word until it is taken, each hand-off's in its order, tried with pauses."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import is_live

LEASE = timedelta(minutes=2)  # a sender that took a request and died is waited for this long

# All times here but happened_at are wall time: other systems live in it.
ADD = text("""
insert into partner_request (hand_off_id, message_id, body, attempts, ready_at, happened_at)
values (:hand_off, :message, :body, 0, clock_timestamp(), :now)
""")
# What was recalled before the partner had it is not sent any more: the recall alone is.
SPARE = text("""
update partner_request r set taken_at = clock_timestamp(), body = null, error = 'recalled before it was taken'
from hand_off h where h.id = r.hand_off_id and r.taken_at is null and r.message_id is null and h.state = 'recalled'
  and h.creditor_id = :creditor and r.ready_at <= clock_timestamp()
""")
# Of a hand-off the first alone: the partner hears of nothing before it has the case.
DUE = text("""
update partner_request r set ready_at = clock_timestamp() + cast(:lease as interval), attempts = r.attempts + 1
where r.id = (
  select q.id from partner_request q join hand_off h on h.id = q.hand_off_id
  where h.creditor_id = :creditor and q.taken_at is null and q.ready_at <= clock_timestamp()
    and (select true from partner_request b where b.hand_off_id = q.hand_off_id and b.taken_at is null and b.id < q.id
      limit 1) is null
  order by q.id limit 1 for update of q skip locked)
returning r.id, r.hand_off_id, r.message_id, r.body, r.attempts
""")
TAKEN = text("""
with taken as (
  update partner_request set taken_at = clock_timestamp(), body = null, error = null
  where id = :id and taken_at is null returning message_id)
update hand_off_message m set acknowledged_at = :now from taken t where m.id = t.message_id and m.acknowledged_at is null
""")
FAILED = text("""
update partner_request set error = :error, ready_at = clock_timestamp() + cast(:pause as interval)
where id = :id and taken_at is null
""")
WITH_API = text(f"""
select c.id, c.name, c.organisation_number, c.collection_partner, c.country, c.id_key, c.collection_partner_url, c.partner_cursor
from creditor c where c.collection_partner_url is not null and {is_live("c.id")} order by c.id
""")
READ_THROUGH = text(
    "update creditor set partner_cursor = :cursor where id = :creditor and partner_cursor is not distinct from :was"
)


@dataclass(frozen=True, slots=True)
class WithApi:
    """A creditor whose partner has an API, what its ids are sealed with, and how far the partner's answers are read."""

    creditor: str
    name: str
    organisation_number: str | None
    partner: str | None
    country: str
    id_key: bytes = field(repr=False)
    url: str
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be posted: a case, or a message about it. `attempts` counts this one."""

    id: int
    hand_off: int
    message: int | None
    body: bytes = field(repr=False)
    attempts: int


async def with_api(connection: AsyncConnection) -> list[WithApi]:
    """The live creditors whose partner has an API."""
    return [WithApi(*row) for row in (await connection.execute(WITH_API)).all()]


async def add(connection: AsyncConnection, hand_off: int, message: int | None, body: bytes, now: datetime) -> None:
    """Keep a request to be posted: of a case, or of one message about it."""
    await connection.execute(ADD, {"hand_off": hand_off, "message": message, "body": body, "now": now})


async def due(connection: AsyncConnection, creditor: str) -> Request | None:
    """The next request of a creditor's that may be posted now; ours for a while. None where there is none."""
    await connection.execute(SPARE, {"creditor": creditor})
    row = (await connection.execute(DUE, {"creditor": creditor, "lease": LEASE})).one_or_none()
    return Request(*row) if row else None


async def taken(connection: AsyncConnection, request: int, now: datetime) -> None:
    """The partner has it: its body is forgotten, and a message is acknowledged."""
    await connection.execute(TAKEN, {"id": request, "now": now})


async def failed(connection: AsyncConnection, request: int, error: str, pause: timedelta) -> None:
    """It was not taken, or nobody knows: it is posted again after a pause."""
    await connection.execute(FAILED, {"id": request, "error": error, "pause": pause})


async def read_through(connection: AsyncConnection, creditor: str, was: str | None, cursor: str | None) -> None:
    """The partner's answers are read so far; nothing where somebody else has read on meanwhile."""
    await connection.execute(READ_THROUGH, {"creditor": creditor, "was": was, "cursor": cursor})
