"""What providers tell of a delivery: each event once, in any order, and news only where it can change a decision."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from facts.database import to_json
from facts.deliveries import deliveries
from facts.outbox import tell
from facts.parties import debtors

PROVES_SENT = frozenset({"accepted", "deferred", "delivered", "read", "machine open"})

STORE = text("""
insert into provider_event (provider, event_id, delivery_id, kind, detail, happened_at)
values (:provider, :event_id, :delivery, :kind, cast(:detail as jsonb), :at)
on conflict do nothing returning id
""")
BEFORE = text("""
select state, read_at, delivered_at, (select country from debtor where id = debtor_id) as country,
  exists (select from contact_point p where p.id = contact_point_id and p.state = 'wrong') as reached_somebody_else
from delivery where id = :id for update
""")
DELIVERED = text("update delivery set delivered_at = least(delivered_at, :at) where id = :id")
LATER_WISH = text("""
select exists (select from provider_event where delivery_id = :delivery and kind in ('opted out', 'opted in')
  and kind <> :kind and happened_at > :at)
""")
IS_OF = text("select exists (select from delivery where id = :id and creditor_id = :creditor)")
READ = text("update delivery set read_at = least(read_at, :at), read_by = coalesce(read_by, :by) where id = :id")


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One event, in our words. `kind`: accepted, deferred, delivered, machine open, read, failed, opted out or in."""

    provider: str
    event_id: str
    delivery: UUID
    kind: str
    happened_at: datetime
    read_by: str | None = None
    reason: str = ""
    provider_id: str | None = None
    contact: str | None = None  # what a failure says of the contact point: bounced, opted out or nothing
    words_refused: bool = False  # what a failure says of the message: nobody would get these words
    detail: dict[str, str] = field(default_factory=dict)


async def record(connection: AsyncConnection, event: ProviderEvent, now: datetime) -> bool:
    """Store an event and what it proves. Gives whether it was new; a delivery we do not know is stored all the same."""
    values = {
        "provider": event.provider,
        "event_id": event.event_id,
        "delivery": event.delivery,
        "kind": event.kind,
        "detail": to_json(event.detail),
        "at": event.happened_at,
    }
    if (await connection.execute(STORE, values)).scalar_one_or_none() is None:
        return False
    before = (await connection.execute(BEFORE, {"id": event.delivery})).one_or_none()
    if before is None:
        return True
    signal = None
    if event.kind in PROVES_SENT and before.state in ("claimed", "unavailable"):
        today = moment_in(before.country, now).day
        await deliveries.accepted(
            connection, event.delivery, event.happened_at, today, provider_id=event.provider_id, cost=Decimal(0)
        )
        signal = "message_read" if event.kind == "read" else "refresh_decision"
    if event.kind in ("delivered", "machine open", "read"):
        await connection.execute(DELIVERED, {"id": event.delivery, "at": event.happened_at})
    if event.kind == "read" and not before.reached_somebody_else:
        await connection.execute(READ, {"id": event.delivery, "at": event.happened_at, "by": event.read_by})
        signal = "message_read" if before.read_at is None else signal
    elif event.kind in ("failed", "opted out") and before.read_at is None:  # one that was read stands
        failed = await deliveries.failed(
            connection,
            event.delivery,
            event.happened_at,
            event.reason,
            contact=event.contact,
            words_refused=event.words_refused,
        )
        signal = "delivery_failed" if failed else signal
    if event.kind in ("opted out", "opted in") and (place := await deliveries.place_of(connection, event.delivery)):
        wished = debtors.opted_out if event.kind == "opted out" else debtors.opted_in
        if not await _wished_otherwise_since(connection, event):
            await wished(connection, *place, event.happened_at)
    if signal:
        await tell(connection, await deliveries.cases_of(connection, event.delivery), signal, now)
    return True


async def is_of(connection: AsyncConnection, creditor: str, delivery: UUID) -> bool:
    """Whether a delivery is one of a creditor's."""
    return bool((await connection.execute(IS_OF, {"id": delivery, "creditor": creditor})).scalar_one())


async def _wished_otherwise_since(connection: AsyncConnection, event: ProviderEvent) -> bool:
    """Whether the same person has taken this wish back since: events come in any order."""
    values = {"delivery": event.delivery, "kind": event.kind, "at": event.happened_at}
    return bool((await connection.execute(LATER_WISH, values)).scalar_one())
