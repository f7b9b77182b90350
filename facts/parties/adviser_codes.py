"""Codes by which an adviser, guardian or estate's contact proves who they are: each is short-lived, and good once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor
from domain.parties.addresses import address_key
from facts.addresses import THEIRS, sent_outside_of_cases
from facts.parties.one_time_codes import GOOD_FOR, MOST_TRIES

DIGITS: Final = 8
OPEN_FOR: Final = timedelta(minutes=30)  # the page that a right code opens

# What was replaced was of somebody who stood in before, and what is wrong is somebody else's.
STANDS_IN = f"""d.representative is not null and exists (select from contact_point p where p.debtor_id = d.id
  and p.of_representative and p.state in {THEIRS}
  and p.address_key = any(cast(:keys as text[])))"""
REGISTERED = text(f"""
select p.id, p.channel, p.address, d.representative as name, cr.name as creditor_name
from contact_point p join debtor d on d.id = p.debtor_id join creditor cr on cr.id = d.creditor_id
where d.creditor_id = :creditor and d.representative is not null and p.of_representative and p.state = 'valid'
  and p.channel in ('email', 'sms') and p.address_key = any(cast(:keys as text[]))
  and {sent_outside_of_cases("d.creditor_id", "p.channel")}
order by p.channel = 'email' desc, p.id limit 1
""")
KEEP = text("""
insert into adviser_code (id, creditor_id, contact_point_id, code_hash, tries, good_until, happened_at)
values (:id, :creditor, :point, :hash, 0, :good_until, :now)
""")
PROVE = text(f"""
update adviser_code set tries = tries + 1, proven_at = case when code_hash = :hash then cast(:now as timestamptz) end
where id = :id and creditor_id = :creditor and proven_at is null and tries < {MOST_TRIES} and good_until > :now
returning proven_at is not null as right
""")
OPEN = text(f"""
select a.creditor_id, p.address from adviser_code a join contact_point p on p.id = a.contact_point_id
where a.id = :id and a.proven_at is not null and a.proven_at > :since and p.state in {THEIRS}
""")
FORGET = text("delete from adviser_code where happened_at < :before")


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a creditor has registered somebody who stands in, and how they and the creditor are called."""

    contact_point: int
    channel: str
    address: str
    name: str
    creditor_name: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Somebody who has proven to have an address that a creditor registered."""

    creditor: str
    address: str


def as_registered(typed: str) -> list[str]:
    """By what an email address or phone number that somebody typed may be found; nothing for what is neither."""
    try:
        read = IncomingDebtor(name="?", email=typed, phone=typed)
    except ValidationError:
        return []
    return [address_key(each) for each in (typed, read.email_address, read.phone_number) if each]


async def registered(connection: AsyncConnection, creditor: str, typed: str) -> Registered | None:
    """Where a code goes for whoever says to have an address; None where the creditor registered nobody there."""
    values = {"creditor": creditor, "keys": as_registered(typed)}
    row = (await connection.execute(REGISTERED, values)).one_or_none()
    return Registered(*row) if row else None


async def keep(
    connection: AsyncConnection, id: UUID, creditor: str, contact_point: int, code_hash: str, now: datetime
) -> None:
    """A code is on its way to a contact point; those of days ago are forgotten."""
    good_until = now + GOOD_FOR
    values = {"id": id, "creditor": creditor, "point": contact_point, "hash": code_hash, "good_until": good_until}
    await connection.execute(FORGET, {"before": now - timedelta(days=1)})
    await connection.execute(KEEP, values | {"now": now})


async def prove(connection: AsyncConnection, id: UUID, creditor: str, code_hash: str, now: datetime) -> bool:
    """Whether this is the code that was sent; each try counts, and a right one is used up."""
    values = {"id": id, "creditor": creditor, "hash": code_hash, "now": now}
    return bool((await connection.execute(PROVE, values)).scalar_one_or_none())


async def proven(connection: AsyncConnection, id: UUID, now: datetime) -> Proven | None:
    """Who has proven themselves by a code a short while ago, and is registered there still."""
    row = (await connection.execute(OPEN, {"id": id, "since": now - OPEN_FOR})).one_or_none()
    return Proven(*row) if row else None
