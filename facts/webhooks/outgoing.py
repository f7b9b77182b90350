"""What a creditor's system is told by webhooks: the events, where they go, and how each message fares."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json
from facts.refusals import Refused
from facts.webhooks.events import EVENTS, PATTERNS, EventType

MessageState = Literal["pending", "delivered", "failed", "dropped", "overtaken"]

STATES: Sequence[MessageState] = get_args(MessageState)
URGENT = ("service", "payment", "debtor.in_danger")
"""Families and events that are sent before the rest: somebody sits in the dark, pays twice, or may be in danger."""
MOST_ENDPOINTS = 20  # a creditor's, in use
SECRET_SIGNS_ON_FOR = timedelta(hours=24)  # from its own rotation, however many follow
MOST_SECRETS = 5  # of an endpoint, that sign at once: receivers refuse headers without end
TRIED_FOR = timedelta(days=3)  # from a message's first attempt
LEASE = timedelta(seconds=60)  # a sender that took a message and died is waited for this long

# All times here but happened_at are wall time: other systems live in it, whatever the case's clock says.
# Whether a service is blocked is said by the newest word alone: an older one that still waits, to be tried again hours
# later, would block the service of somebody who has paid.
EMIT = text("""
with event as (
    select creditor_id, type, split_part(type, '.', 1) as family, payload || cast(case when exists (
        select from creditor_clock k where k.creditor_id = e.creditor_id) then '{"test": true}' else '{}' end as jsonb)
        as payload
    from jsonb_to_recordset(cast(:events as jsonb)) as e(creditor_id text, type text, payload jsonb)),
told as (
    select w.id as endpoint_id, e.* from event e
    join webhook_endpoint w on w.creditor_id = e.creditor_id and w.disabled_at is null
        and w.events ?| array['*', e.type, e.family || '.*']),
overtaken as (
    update webhook_message m set state = 'overtaken', error = 'overtaken by ' || t.type from told t
    where t.family = 'service' and m.endpoint_id = t.endpoint_id and m.state = 'pending' and m.urgent
        and m.type like 'service.%' and m.payload #>> '{data,invoice}' = t.payload #>> '{data,invoice}'),
raised as (
    insert into webhook_message (id, endpoint_id, type, payload, urgent, state, attempts, ready_at, happened_at)
    select 'msg_' || replace(cast(gen_random_uuid() as text), '-', ''), endpoint_id, type, payload,
        family = any(:urgent) or type = any(:urgent), 'pending', 0, clock_timestamp(), :now
    from told
    returning id)
select pg_notify('webhooks', '') from raised limit 1
""")
IN_USE = text("select count(*) from webhook_endpoint where creditor_id = :creditor and disabled_at is null")
COLUMNS = "id, creditor_id, url, events, secret_version, happened_at, rotated_at, disabled_at, disabled_why"
ADD = text(f"""
insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
values (:id, :creditor, :url, cast(:events as jsonb), 1, :now) returning {COLUMNS}
""")
FIND = text(f"""
select {COLUMNS} from webhook_endpoint
where id = :id and deleted_at is null and (cast(:creditor as text) is null or creditor_id = :creditor)
""")
ALL = text(f"""
select {COLUMNS} from webhook_endpoint
where deleted_at is null and (cast(:creditor as text) is null or creditor_id = :creditor)
order by creditor_id, happened_at, id
""")
SIGN_ON = "retired.since > clock_timestamp() - cast(:signs_on_for as interval)"
RETIRED = """
jsonb_each_text(w.secrets_before) as r(version, at) cross join lateral (select cast(r.at as timestamptz) as since) retired
"""
ROTATE = text(f"""
update webhook_endpoint w set secret_version = secret_version + 1, rotated_at = clock_timestamp(),
    secrets_before = (select coalesce(jsonb_object_agg(r.version, r.at), '{{}}') from {RETIRED} where {SIGN_ON})
        || jsonb_build_object(cast(secret_version as text), clock_timestamp())
where id = :id and (select count(*) from {RETIRED} where {SIGN_ON}) < :most - 1
returning {COLUMNS}
""")
DISABLE = text("""
with ended as (
    update webhook_endpoint set disabled_at = clock_timestamp(), disabled_why = :why
    where id = :id and disabled_at is null returning id)
update webhook_message m set state = 'dropped', error = 'the endpoint was disabled' from ended e
where m.endpoint_id = e.id and m.state = 'pending'
""")
# Disabled with it, so that nobody sends to it, whoever may have found it a moment ago.
DELETE = text("""
with gone as (
    update webhook_endpoint set deleted_at = clock_timestamp(), disabled_at = coalesce(disabled_at, clock_timestamp()),
        disabled_why = coalesce(disabled_why, 'deleted')
    where id = :id and deleted_at is null returning id)
update webhook_message m set state = 'dropped', error = 'the endpoint was deleted' from gone g
where m.endpoint_id = g.id and m.state = 'pending'
""")
ENABLE = text("""
update webhook_endpoint set disabled_at = null, disabled_why = null where id = :id and deleted_at is null
""")
# A slow endpoint gets so many messages at a time and no more, one that hangs a single one, and its creditor's endpoints
# no more than their share together, so that they never hold up the others. What is urgent goes first.
DUE = text(f"""
with place as (
    select w.id, w.creditor_id, w.disabled_at, f.flying,
        case when w.id = any(cast(:silent as uuid[])) then 1 else :each end - f.flying as room,
        sum(f.flying) over (partition by w.creditor_id) as creditor_flying
    from webhook_endpoint w cross join lateral (
        select coalesce(cast(cast(:flying as jsonb) ->> cast(w.id as text) as int), 0) as flying) f),
waiting as (
    select m.id, u.urgent, m.ready_at, p.creditor_id, p.creditor_flying, p.room, p.flying,
        row_number() over (partition by p.id order by u.urgent desc, m.ready_at) as nth
    from place p cross join (values (true), (false)) as u(urgent)
    cross join lateral (
        select id, ready_at from webhook_message
        where endpoint_id = p.id and state = 'pending' and urgent = u.urgent and ready_at <= clock_timestamp()
        order by ready_at limit greatest(0, least(:most, p.room)) for update skip locked) m
    where p.disabled_at is null and p.room > 0),
shared as (
    select id, urgent, ready_at, creditor_flying + row_number() over (
        partition by creditor_id order by urgent desc, flying + nth, ready_at) as of_creditor
    from waiting where nth <= room),
ready as (
    select id from shared where of_creditor <= :of_creditor order by urgent desc, of_creditor, ready_at limit :most)
update webhook_message m set ready_at = clock_timestamp() + cast(:lease as interval),
    first_at = coalesce(first_at, clock_timestamp())
from ready r, webhook_endpoint w join creditor c on c.id = w.creditor_id
where m.id = r.id and w.id = m.endpoint_id
returning m.id, m.endpoint_id, w.url, m.payload, m.attempts, w.creditor_id, c.id_key,
    array[w.secret_version] || array(
        select cast(r.version as int) from {RETIRED} where {SIGN_ON} order by retired.since desc) as versions
""")
# Delivered once is delivered: a later answer of another sender's attempt changes nothing.
ANSWERED = text("""
with tried as (
    insert into webhook_attempt (message_id, at, status, error, seconds)
    values (:id, clock_timestamp() - make_interval(secs => :seconds), :status, :error, :seconds))
update webhook_message set attempts = attempts + 1, last_status = :status,
    error = case when state = 'delivered' then error else cast(:error as text) end,
    delivered_at = case when cast(:error as text) is null then coalesce(delivered_at, clock_timestamp()) else delivered_at end,
    state = case when cast(:error as text) is null then 'delivered' when state <> 'pending' then state
        when first_at + cast(:tried_for as interval) <= clock_timestamp() then 'failed' else 'pending' end,
    ready_at = least(clock_timestamp() + cast(:pause as interval), first_at + cast(:tried_for as interval))
where id = :id returning state
""")
MESSAGES = text("""
select m.id, m.type, m.state, m.happened_at, case when m.state = 'pending' then m.ready_at end as next_at,
    m.delivered_at, m.last_status, m.error, m.payload,
    coalesce((select jsonb_agg(jsonb_build_object('at', a.at, 'status', a.status, 'error', a.error, 'seconds', a.seconds)
        order by a.id) from webhook_attempt a where a.message_id = m.id), '[]') as attempts
from webhook_message m
where m.endpoint_id = :endpoint and (cast(:state as text) is null or m.state = :state)
order by m.recorded_at desc, m.id limit :most
""")
REPLAY = text("""
with again as (
    update webhook_message m set state = 'pending', attempts = 0, first_at = null, ready_at = clock_timestamp(), error = null
    where endpoint_id = :endpoint and state <> 'pending' and case when cast(:message as text) is not null
        then id = :message
        else state in ('failed', 'dropped') and happened_at >= coalesce(:since, timestamptz '-infinity')
            and not exists (
                select from webhook_message newer
                where m.type like 'service.%' and newer.type like 'service.%' and newer.endpoint_id = m.endpoint_id
                    and newer.recorded_at > m.recorded_at
                    and newer.payload #>> '{data,invoice}' = m.payload #>> '{data,invoice}') end
    returning id),
told as (select pg_notify('webhooks', '') from again limit 1)
select (select count(*) from again), (select count(*) from told)
""")
LAG = text("""
select (select count(*) from webhook_message where state = 'failed') as failed, count(m.id) as pending,
    coalesce(extract(epoch from clock_timestamp() - min(m.recorded_at)), 0) as oldest
from webhook_endpoint w join webhook_message m on m.endpoint_id = w.id and m.state = 'pending'
where w.disabled_at is null
""")


@dataclass(frozen=True, slots=True)
class Event:
    """Something a creditor's system may want to know; `data` has exactly the fields that `EVENTS` has."""

    creditor: str
    type: EventType
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a creditor wants to be told, of which events. Moments are UTC."""

    id: UUID
    creditor: str
    url: str
    events: list[str]
    secret_version: int
    created_at: datetime
    rotated_at: datetime | None
    disabled_at: datetime | None
    disabled_why: str | None


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message to send now, with the versions of the endpoint's secret that sign it and the key of the creditor's ids."""

    id: str
    endpoint: UUID
    url: str
    payload: dict[str, Any]
    attempts: int
    versions: list[int]
    creditor: str
    id_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as lists show it. `attempts` are oldest first, each with at, status, error and seconds."""

    id: str
    type: str
    state: MessageState
    happened_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None
    last_status: int | None
    error: str | None
    payload: dict[str, Any]
    attempts: list[dict[str, Any]]


async def emit(
    connection: AsyncConnection, creditor: str, type: EventType, data: Mapping[str, Any], now: datetime
) -> None:
    """Tell the creditor's system of an event, in the caller's transaction: no event without its fact.

    Raises ValueError when the data is not as `EVENTS` has it.
    """
    await emit_many(connection, [Event(creditor, type, data)], now)


async def emit_many(connection: AsyncConnection, events: Sequence[Event], now: datetime) -> None:
    """Tell creditors' systems of many events in one statement; stores nothing for who asked for none.

    Raises ValueError when an event's data is not as `EVENTS` has it.
    """
    for event in events:
        fields = EVENTS[event.type].fields
        if event.data.keys() != fields:
            raise ValueError(f"{event.type} has {sorted(fields)}, not {sorted(event.data)}")
    if events:
        told = [
            {
                "creditor_id": event.creditor,
                "type": event.type,
                "payload": {"type": event.type, "timestamp": now, "data": event.data},
            }
            for event in events
        ]
        await connection.execute(EMIT, {"events": to_json(told), "urgent": list(URGENT), "now": now})


async def add(connection: AsyncConnection, creditor: str, url: str, events: Sequence[str], now: datetime) -> Endpoint:
    """Register an endpoint. `url` is checked by the caller; raises Refused for events that there are none of."""
    if unknown := [event for event in events if event not in PATTERNS]:
        raise Refused(f"no events {', '.join(unknown)}: there are {', '.join(sorted(PATTERNS))}")
    if not events:
        raise Refused("name the events to be told of, or * for all")
    await _refuse_too_many(connection, creditor)
    values = {"id": uuid4(), "creditor": creditor, "url": url, "events": to_json(sorted(set(events))), "now": now}
    return Endpoint(*(await connection.execute(ADD, values)).one())


async def find(connection: AsyncConnection, creditor: str | None, endpoint: UUID) -> Endpoint | None:
    """An endpoint, of one creditor or of any."""
    row = (await connection.execute(FIND, {"id": endpoint, "creditor": creditor})).one_or_none()
    return Endpoint(*row) if row else None


async def list_endpoints(connection: AsyncConnection, creditor: str | None) -> list[Endpoint]:
    """The endpoints of one creditor or of all, oldest first, disabled ones too."""
    return [Endpoint(*row) for row in (await connection.execute(ALL, {"creditor": creditor})).all()]


async def rotate(connection: AsyncConnection, endpoint: UUID) -> Endpoint:
    """Give an endpoint a new secret. Each that was before signs on for a day from its own rotation.

    Raises Refused while `MOST_SECRETS` sign.
    """
    values = {"id": endpoint, "signs_on_for": SECRET_SIGNS_ON_FOR, "most": MOST_SECRETS}
    rotated = (await connection.execute(ROTATE, values)).one_or_none()
    if rotated is None:
        raise Refused(
            f"{MOST_SECRETS} secrets of this endpoint sign already, each before the last for 24 hours: rotate it again "
            "later, or disable it and register another"
        )
    return Endpoint(*rotated)


async def disable(connection: AsyncConnection, endpoint: UUID, why: str) -> int:
    """Send nothing to an endpoint any more; gives how many messages were dropped. They are kept for a replay."""
    return (await connection.execute(DISABLE, {"id": endpoint, "why": why})).rowcount


async def delete(connection: AsyncConnection, endpoint: UUID) -> int:
    """Delete an endpoint for good; gives how many messages were dropped. What it was told is kept, for us alone."""
    return (await connection.execute(DELETE, {"id": endpoint})).rowcount


async def enable(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Tell an endpoint of what happens from now on; what it missed is replayed. Raises Refused for one too many."""
    if endpoint.disabled_at:
        await _refuse_too_many(connection, endpoint.creditor)
        await connection.execute(ENABLE, {"id": endpoint.id})


async def due(
    connection: AsyncConnection,
    most: int,
    *,
    each: int,
    of_creditor: int,
    flying: Mapping[UUID, int] | None = None,
    silent: Collection[UUID] = (),
) -> list[DueMessage]:
    """Up to `most` messages to send now, taken for `LEASE`, so that other senders leave them alone.

    An endpoint gets at most `each`, a `silent` one a single one, and all of one creditor together `of_creditor`, less
    what is `flying` there already. The urgent ones come first, then each creditor in turn.
    """
    values = {
        "most": most,
        "each": each,
        "of_creditor": of_creditor,
        "flying": to_json({str(endpoint): count for endpoint, count in (flying or {}).items()}),
        "silent": list(silent),
        "lease": LEASE,
        "signs_on_for": SECRET_SIGNS_ON_FOR,
    }
    rows = (await connection.execute(DUE, values)).all()
    return [
        DueMessage(
            row.id, row.endpoint_id, row.url, row.payload, row.attempts, row.versions, row.creditor_id, row.id_key
        )
        for row in rows
    ]


async def answered(
    connection: AsyncConnection,
    message: str,
    *,
    status: int | None,
    error: str | None,
    seconds: float,
    pause: timedelta,
) -> MessageState:
    """Note an attempt: delivered without an `error`, else tried again after `pause`; gives the message's state.

    Nothing is tried for longer than `TRIED_FOR`: the last attempt is at its end.
    """
    values = {"id": message, "status": status, "error": error, "seconds": seconds, "pause": pause}
    state: MessageState = (await connection.execute(ANSWERED, values | {"tried_for": TRIED_FOR})).scalar_one()
    return state


async def list_messages(
    connection: AsyncConnection, endpoint: UUID, state: MessageState | None, most: int
) -> list[Message]:
    """An endpoint's messages with every attempt, newest first."""
    values = {"endpoint": endpoint, "state": state, "most": most}
    return [Message(*row) for row in (await connection.execute(MESSAGES, values)).all()]


async def replay(
    connection: AsyncConnection, endpoint: Endpoint, *, message: str | None = None, since: datetime | None = None
) -> int:
    """Send again, under the same ids: one message, or all that failed or were dropped (of events from `since` on).

    Gives how many. Raises Refused for a disabled endpoint, and for a message that is not there to be sent again.
    """
    if endpoint.disabled_at:
        raise Refused(f"endpoint {endpoint.id} is disabled ({endpoint.disabled_why}): enable it first")
    values = {"endpoint": endpoint.id, "message": message, "since": since}
    again: int = (await connection.execute(REPLAY, values)).one()[0]
    if message and not again:
        raise Refused(f"endpoint {endpoint.id} has no message {message}, or it is on its way already")
    return again


async def lag(connection: AsyncConnection) -> dict[str, float]:
    """How many messages wait for enabled endpoints, how many were given up, and the age of the oldest in seconds."""
    row = (await connection.execute(LAG)).one()
    return {"pending": row.pending, "failed": row.failed, "oldest_seconds": float(row.oldest)}


async def _refuse_too_many(connection: AsyncConnection, creditor: str) -> None:
    if (await connection.execute(IN_USE, {"creditor": creditor})).scalar_one() >= MOST_ENDPOINTS:
        raise Refused(f"creditor {creditor} has {MOST_ENDPOINTS} endpoints in use: disable one first")
