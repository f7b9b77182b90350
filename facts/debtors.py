"""What becomes known of a debtor: stop reasons, a representative, new addresses, words and wishes sent to us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json
from facts.news import tell

FIND = text("""
select id, name, country, address, representative, stop_reason, protected_address from debtor
where creditor_id = :creditor and customer_number = :number for update
""")
CHANGE = text("""
update debtor set stop_reason = :stop_reason, protected_address = :protected_address,
    representative = :representative, address = cast(:address as jsonb), happened_at = :now
where id = :id
""")
REPLACE_CONTACT = text("""
with given as (
  insert into contact_point (debtor_id, channel, address, state, of_representative, last_confirmed_at, happened_at)
  values (:debtor, :channel, :address, 'valid', :of_representative, :now, :now)
  on conflict (debtor_id, channel, address, of_representative)
    do update set state = 'valid', last_confirmed_at = excluded.last_confirmed_at, happened_at = excluded.happened_at
  returning id)
update contact_point set state = 'replaced', happened_at = :now
where debtor_id = :debtor and channel = :channel and of_representative = :of_representative and address <> :address
  and state = 'valid'
""")
OPEN_CASES = text("select id from dunning_case where debtor_id = any(:debtors) and state = 'open' order by id")
ONCE = text("""
insert into webhook_event (source, event_id, happened_at) values (:source, :id, :now)
on conflict do nothing returning event_id
""")
OPT_OUT = text("""
update contact_point set state = 'opted out', happened_at = :now
where channel = :channel and address = :address and state in ('valid', 'bounced')
returning debtor_id
""")
OPT_IN = text("""
update contact_point set state = 'valid', happened_at = :now
where channel = :channel and address = :address and state = 'opted out'
returning debtor_id
""")
WROTE = text("""
with known as (
  select distinct d.id, d.creditor_id from contact_point p join debtor d on d.id = p.debtor_id
  where p.address = :address and p.channel in (:channel, 'phone') and p.state <> 'replaced'),
written as (
  update contact_point set wrote_from_at = greatest(wrote_from_at, :now)
  where address = :address and channel = :channel and state <> 'replaced')
insert into reply (creditor_id, debtor_id, channel, text, happened_at)
select creditor_id, id, :channel, :text, :now from known
returning debtor_id
""")


@dataclass(frozen=True, slots=True)
class Debtor:
    """A creditor's debtor as far as changes go."""

    id: int
    name: str
    country: str
    address: list[str]
    representative: str | None
    stop_reason: str | None
    protected_address: bool


async def find(connection: AsyncConnection, creditor: str, customer_number: str) -> Debtor | None:
    """A creditor's debtor by customer number, locked until the transaction ends."""
    row = (await connection.execute(FIND, {"creditor": creditor, "number": customer_number})).one_or_none()
    return Debtor(*row) if row else None


async def change(
    connection: AsyncConnection,
    debtor: Debtor,
    contacts: Sequence[tuple[str, str, bool]],
    now: datetime,
) -> int:
    """Store a debtor as it is now. Each contact (channel, address, of the representative) replaces older ones.

    The debtor's open cases look again; gives how many.
    """
    values: dict[str, Any] = {
        "id": debtor.id,
        "stop_reason": debtor.stop_reason,
        "protected_address": debtor.protected_address,
        "representative": debtor.representative,
        "address": to_json(debtor.address),
        "now": now,
    }
    await connection.execute(CHANGE, values)
    for channel, address, of_representative in contacts:
        place: Mapping[str, Any] = {
            "debtor": debtor.id,
            "channel": channel,
            "address": address,
            "of_representative": of_representative,
            "now": now,
        }
        await connection.execute(REPLACE_CONTACT, place)
    return await _tell_cases(connection, [debtor.id], "debtor_changed", now)


async def first_time(connection: AsyncConnection, source: str, event_id: str, now: datetime) -> bool:
    """Whether this event of a source comes for the first time; it is remembered."""
    stored = await connection.execute(ONCE, {"source": source, "id": event_id, "now": now})
    return stored.scalar_one_or_none() is not None


async def opted_out(connection: AsyncConnection, channel: str, address: str, now: datetime) -> int:
    """The owner of an address wants silence there, from every creditor. Gives how many contact points it marked."""
    values = {"channel": channel, "address": address, "now": now}
    debtors = (await connection.execute(OPT_OUT, values)).scalars().all()
    await _tell_cases(connection, debtors, "debtor_changed", now)
    return len(debtors)


async def opted_in(connection: AsyncConnection, channel: str, address: str, now: datetime) -> int:
    """The owner of an address takes messages there again. Gives how many contact points it marked."""
    values = {"channel": channel, "address": address, "now": now}
    debtors = (await connection.execute(OPT_IN, values)).scalars().all()
    await _tell_cases(connection, debtors, "debtor_changed", now)
    return len(debtors)


async def wrote(connection: AsyncConnection, channel: str, address: str, words: str, now: datetime) -> int:
    """Keep what somebody wrote from an address, for each debtor who has it. Gives for how many."""
    values = {"channel": channel, "address": address, "text": words, "now": now}
    debtors = (await connection.execute(WROTE, values)).scalars().all()
    await _tell_cases(connection, debtors, "debtor_replied", now)
    return len(debtors)


async def _tell_cases(connection: AsyncConnection, debtors: Sequence[int], signal: str, now: datetime) -> int:
    open_cases = (await connection.execute(OPEN_CASES, {"debtors": list(debtors)})).scalars().all()
    return len(await tell(connection, open_cases, signal, now))
