"""After facts were restored to an earlier day: what was sent since is put back, so that nobody gets it twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.addresses import address_key
from domain.vocabulary import Channel
from facts.cases.load import OpenCase
from facts.clock import is_live
from facts.deliveries import deliveries

# No fee: what the message charged is not known any more, and is not asked for. Its deadline is the policy's.
PUT_BACK = text("""
with given as (select cast(:id as uuid) as id, cast(:channel as text) as channel, cast(:message as text) as message,
    cast(:at as timestamptz) as at),
sent as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt,
      contact_point_id, document, fee, fee_kind, cost, currency, claimed_at, accepted_at, provider_id, batch, posted_on,
      happened_at)
  select g.id, nextval('delivery_serial'), c.creditor_id, c.debtor_id, g.channel, g.message, 'neutral', :language, :alert,
      'accepted', 1, (select p.id from contact_point p where p.debtor_id = c.debtor_id and p.channel = g.channel
        and p.state = 'valid' order by p.id desc limit 1), '{}', 0, 'fee', 0, i.currency, g.at, g.at, :provider_id, :batch,
      cast(:posted_on as date), g.at
  from given g, dunning_case c join invoice i on i.id = c.invoice_id where c.id = :case
  on conflict (id) do nothing)
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select g.id, :case, :round, :step, g.channel, false from given g on conflict do nothing
""")
# A number may be of several debtors: what was sent to any of them counts. Of what a history told the provider's id is unknown.
UNTOLD = text("""
with listed as (
  select l.address, count(*) as times
  from unnest(cast(:addresses as text[]), cast(:ids as text[])) l(address, provider_id)
  where not exists (select from delivery d where d.provider_id = l.provider_id) group by l.address),
counted as (
  select l.address, l.times - (select count(*) from delivery d
    where d.channel = :channel and d.accepted_at >= :since and d.provider_id is null and d.debtor_id in (
      select p.debtor_id from contact_point p where p.address_key = l.address and p.channel = :channel)) as untold
  from listed l)
select c.id, c.creditor_id, i.number, n.untold
from counted n join contact_point p on p.address_key = n.address and p.channel = :channel
join dunning_case c on c.debtor_id = p.debtor_id and c.state = 'open' join invoice i on i.id = c.invoice_id
where n.untold > 0 order by c.id
""")
DUE = text(f"""
select c.id from dunning_case c where c.state = 'open' and (c.looked_at is null or c.next_at <= :until)
  and {is_live("c.creditor_id")} order by c.id
""")
KNOWN = text("select id::text from delivery where id = any(cast(:ids as uuid[]))")
STATE = text("select state from delivery where id = :id")


@dataclass(frozen=True, slots=True)
class SentSince:
    """A message that left after the day that the facts were restored to, by whoever still knows of it."""

    creditor: str
    number: str
    step: str
    channel: Channel
    at: datetime
    delivery: UUID | None = None
    """Its own id, where a log tells it: so that its provider's events find it."""
    provider_id: str | None = None


async def put_back(
    connection: AsyncConnection,
    case: OpenCase,
    sent: SentSince,
    delivery: UUID,
    message: str,
    today: date,
    *,
    alert: bool,
) -> bool:
    """Let a message stand as sent; False where the facts know that already. `delivery` is its id, or a new one."""
    known = await deliveries.existing(connection, case, sent.step, sent.channel)
    if known is not None:
        state = (await connection.execute(STATE, {"id": known})).scalar_one()
        if state not in ("claimed", "unavailable"):
            return False
        await deliveries.accepted(connection, known, sent.at, today, provider_id=sent.provider_id, cost=Decimal(0))
        return True
    by_post = sent.channel.rule.by_post
    batch = (sent.provider_id or "").partition("/")[0] if by_post else ""
    values = {
        "id": delivery,
        "case": case.id,
        "round": case.facts.round,
        "step": sent.step,
        "channel": sent.channel,
        "message": message,
        "language": case.language,
        "alert": alert,
        "at": sent.at,
        "provider_id": sent.provider_id,
        "batch": batch or None,
        "posted_on": today
        if by_post and not batch
        else None,  # in which batch it lies nobody knows: the printer has it
    }
    await connection.execute(PUT_BACK, values)
    return True


async def untold(
    connection: AsyncConnection, channel: Channel, listed: Sequence[tuple[str, str]], since: datetime
) -> list[tuple[int, str, str, int]]:
    """Open cases whose debtor got more messages since than the facts know, as their provider lists them: to which address,
    and under which name of its own. Gives the case, creditor, number, and how many more.
    """
    addresses, ids = [address_key(address) for address, _ in listed], [id for _, id in listed]
    values = {"addresses": addresses, "ids": ids, "channel": channel, "since": since}
    rows = (await connection.execute(UNTOLD, values)).all()
    return [(row.id, row.creditor_id, row.number, row.untold) for row in rows]


async def due(connection: AsyncConnection, until: datetime) -> Sequence[int]:
    """The open cases of live creditors that had something to do until a moment, as the facts have it."""
    return (await connection.execute(DUE, {"until": until})).scalars().all()


async def unknown(connection: AsyncConnection, ids: Sequence[str]) -> list[str]:
    """Those of some deliveries' ids that the facts do not know."""
    known = set((await connection.execute(KNOWN, {"ids": list(ids)})).scalars())
    return [each for each in ids if each not in known]
