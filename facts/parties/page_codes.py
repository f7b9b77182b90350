"""One-time codes by which a debtor proves on the invoice page to be reached where they are known: short-lived, and good once.

A code goes to an address that was the debtor's before it was asked for. What came by a link a few days ago carries none:
whoever got hold of a link could else send themselves what proves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.speakers import SPEAKERS
from domain.vocabulary import DebtorKind
from facts.addresses import THEIRS, sent_outside_of_cases
from facts.parties.one_time_codes import GOOD_FOR, MOST_TRIES

DIGITS: Final = 6
MOST_IN_AN_HOUR: Final = 5  # codes to one debtor, whoever asks for them
MOST_LINKS: Final = 3  # that go to one address at once, each a debtor's who is reached there
SETTLES: Final = timedelta(days=7)  # how long an address that came by a link carries no code

# Nobody who is spoken for or stopped is sent anything. Who changed an address by a link stands in the diary as the
# debtor's side.
_THEIRS_BEFORE = f"""p.state = 'valid' and not p.of_representative and p.channel in ('email', 'sms')
  and p.role is distinct from 'approver' and d.representative is null and d.stop_reason is null and p.happened_at < :now
  and (p.happened_at < :settled or (p.confirmed_at is null and p.asked_at is null and not exists (
    select from dunning_case c join case_event e on e.case_id = c.id
    where c.debtor_id = p.debtor_id and e.kind = 'debtor_changed' and e.by = any(cast(:theirs as text[]))
      and e.happened_at = p.happened_at)))
  and {sent_outside_of_cases("d.creditor_id", "p.channel")}"""
# What several have in common proves none of them.
MAY_CARRY = text(f"""
select p.id, p.channel, p.address, d.name from contact_point p join debtor d on d.id = p.debtor_id
where p.debtor_id = :debtor and {_THEIRS_BEFORE}
  and not exists (select from contact_point o join debtor od on od.id = o.debtor_id where o.address_key = p.address_key
    and o.channel = p.channel and od.creditor_id = d.creditor_id and od.name_key <> d.name_key and o.state in {THEIRS})
order by p.channel = 'sms' desc, p.role is null desc, p.id
""")
LINKS_GO_TO = text(f"""
select distinct on (d.id) i.id as invoice, p.channel, p.address, d.name, d.creditor_id as creditor,
  cr.name as creditor_name, d.language, d.country, d.kind as debtor_kind
from (select * from contact_point where address_key = any(cast(:keys as text[])) offset 0) p
cross join lateral (select * from debtor where id = p.debtor_id offset 0) d join creditor cr on cr.id = d.creditor_id
cross join lateral (select * from dunning_case where debtor_id = d.id and state = 'open' offset 0) k
join invoice i on i.id = k.invoice_id
where {_THEIRS_BEFORE}
  and i.id = coalesce(cast(:invoice as int), i.id)
order by d.id, i.due_date, i.id limit {MOST_LINKS}
""")
PERSON = text("""
select name, birth_date from debtor where id = :debtor and kind = 'consumer' and representative is null
""")
LOCK = text("select from debtor where id = :debtor for no key update")
RECENT = text("select count(*) from page_code where debtor_id = :debtor and happened_at > :since")
KEEP = text("""
insert into page_code (id, creditor_id, debtor_id, invoice_id, contact_point_id, code_hash, tries, good_until, happened_at)
select :id, creditor_id, id, :invoice, :point, :hash, 0, :good_until, :now from debtor where id = :debtor
""")
PROVE = text(f"""
update page_code set tries = tries + 1, used_at = case when code_hash = :hash then cast(:now as timestamptz) end
where id = :id and invoice_id = :invoice and used_at is null and tries < {MOST_TRIES} and good_until > :now
  and exists (select from contact_point p where p.id = contact_point_id and p.state = 'valid')
returning used_at is not null as right
""")
FORGET = text("delete from page_code where happened_at < :before")


@dataclass(frozen=True, slots=True)
class Carrier:
    """An address of the debtor's that may carry a code."""

    contact_point: int
    channel: str  # email | sms
    address: str
    name: str  # the debtor's


@dataclass(frozen=True, slots=True)
class Person:
    """A debtor who is a person and speaks for themselves."""

    name: str
    birth_date: date | None


@dataclass(frozen=True, slots=True)
class LinkGoesTo:
    """An address that a debtor with an open invoice is written to, and the invoice: the longest due."""

    invoice: int
    channel: str  # email | sms
    address: str
    name: str  # the debtor's
    creditor: str
    creditor_name: str
    language: str
    country: str
    debtor_kind: DebtorKind


async def carriers(connection: AsyncConnection, debtor: int, now: datetime) -> dict[str, Carrier]:
    """Where a code may go now, by channel: one address of each at most."""
    values = {"debtor": debtor} | _before(now)
    found: dict[str, Carrier] = {}
    for row in (await connection.execute(MAY_CARRY, values)).all():
        found.setdefault(row.channel, Carrier(*row))
    return found


async def person(connection: AsyncConnection, debtor: int) -> Person | None:
    """A debtor who may show who they are; None for a business, and where somebody else speaks."""
    row = (await connection.execute(PERSON, {"debtor": debtor})).one_or_none()
    return Person(*row) if row else None


async def links_go_to(
    connection: AsyncConnection, keys: Sequence[str], invoice: int | None, now: datetime
) -> list[LinkGoesTo]:
    """To whom a new link goes at an address, by its keys: of this invoice, where one is known."""
    values = {"keys": list(keys), "invoice": invoice} | _before(now)
    return [LinkGoesTo(*row) for row in (await connection.execute(LINKS_GO_TO, values)).all()]


async def keep(
    connection: AsyncConnection, id: UUID, debtor: int, invoice: int, contact_point: int, code_hash: str, now: datetime
) -> bool:
    """A code is on its way, for one invoice; False where too many went to this debtor already.

    Those of days ago are forgotten.
    """
    await connection.execute(LOCK, {"debtor": debtor})
    await connection.execute(FORGET, {"before": now - timedelta(days=1)})
    recent = await connection.execute(RECENT, {"debtor": debtor, "since": now - timedelta(hours=1)})
    if recent.scalar_one() >= MOST_IN_AN_HOUR:
        return False
    values = {"id": id, "debtor": debtor, "invoice": invoice, "point": contact_point, "hash": code_hash, "now": now}
    await connection.execute(KEEP, values | {"good_until": now + GOOD_FOR})
    return True


async def prove(connection: AsyncConnection, id: UUID, invoice: int, code_hash: str, now: datetime) -> bool:
    """Whether this is the code that was sent about the invoice; each try counts, and a right one is used up."""
    values = {"id": id, "invoice": invoice, "hash": code_hash, "now": now}
    return bool((await connection.execute(PROVE, values)).scalar_one_or_none())


def _before(now: datetime) -> dict[str, Any]:
    return {"now": now, "settled": now - SETTLES, "theirs": list(SPEAKERS)}
