"""Whoever gets emails or SMS wants no more of them there, and takes that back: on the page, or by what a kind email carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.languages import Language
from domain.look import Look
from domain.vocabulary import Channel
from facts.clock import is_live
from facts.deliveries import provider_events
from facts.deliveries.provider_events import ProviderEvent
from facts.looks import look, look_of
from facts.parties import debtors

FIND = text(f"""
select l.id as delivery, l.creditor_id as creditor, cr.name as creditor_name, l.language, d.country, p.address, p.state,
  l.channel, {look_of("cr.id")} as look,
  not ({is_live("l.creditor_id")}) as is_test
from delivery l join creditor cr on cr.id = l.creditor_id join debtor d on d.id = l.debtor_id
join contact_point p on p.id = l.contact_point_id
where l.serial = :serial and l.channel = any(cast(:channels as text[]))
""")


@dataclass(frozen=True, slots=True)
class Emailed:
    """An email or an SMS that was sent, and whether its address is written to."""

    delivery: UUID
    creditor: str
    creditor_name: str
    language: Language
    country: str
    address: str
    state: str
    channel: str
    look: Look | None  # its creditor's
    is_test: bool

    @property
    def silent(self) -> bool:
        """Whether its owner asked for no more emails there."""
        return self.state == "opted out"


async def emailed(
    connection: AsyncConnection, serial: int, channels: Sequence[str] = (Channel.EMAIL,)
) -> Emailed | None:
    """The message of this serial number; None where there is none by these channels, or its address is forgotten."""
    row = (await connection.execute(FIND, {"serial": serial, "channels": list(channels)})).one_or_none()
    return Emailed(**{**row._mapping, "look": look(row.look)}) if row else None


async def wishes(connection: AsyncConnection, found: Emailed, now: datetime, *, silence: bool) -> None:
    """No more emails to its address, or again. An email that nobody has read yet did not arrive: the next channel is used.

    Asked once more it changes nothing.
    """
    if silence == found.silent:
        return
    if found.is_test:  # holds for its creditor alone
        wished = debtors.opted_out if silence else debtors.opted_in
        await wished(connection, found.channel, found.address, now, tried=found.creditor)
        return
    event = ProviderEvent(
        provider="page",
        event_id=f"{found.delivery} {now.isoformat()}",
        delivery=found.delivery,
        kind="opted out" if silence else "opted in",
        happened_at=now,
        reason="no more messages there, says who gets them",
        contact="opted out",
    )
    await provider_events.record(connection, event, now)
