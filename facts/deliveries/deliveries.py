"""Deliveries: claimed before they are sent, answered once, and proven by what providers tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.speakers import Asker
from domain.planner.demand import CaseDemand
from domain.vocabulary import Channel
from facts.cases.load import OpenCase
from facts.clock import is_live
from facts.database import to_json
from facts.money import ledger, postings
from facts.money.ledger import FEES_AND_INTEREST
from facts.money.postings import INSERT
from facts.outbox import tell
from facts.parties import debtors

CLAIM = text("""
with claimed as (
  insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, optional, state, attempt,
      contact_point_id, addressee, document, pdf, fee, fee_kind, cost, currency, deadline, claimed_at, happened_at)
  values (:id, :serial, :creditor, :debtor, :channel, :message, :tone, :language, :alert, :optional, :state, 1, :contact_point,
      :addressee, cast(:document as jsonb), :pdf, :fee, :fee_kind, 0, :currency, :deadline, :now, :now)
  returning id)
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee, interest, asked_principal, asked_costs,
  drawn, drawn_on, drawn_instalment)
select claimed.id, s.case_id, s.round, s.step, :channel, s.case_id is not distinct from :bearer, s.interest, s.principal,
  s.costs, s.drawn, s.drawn_on, s.instalment
from claimed, unnest(cast(:cases as int[]), cast(:rounds as int[]), cast(:steps as text[]), cast(:interest as numeric[]),
  cast(:principals as numeric[]), cast(:costs as numeric[]), cast(:drawn as numeric[]), cast(:drawn_on as date[]),
  cast(:instalments as int[])) s(case_id, round, step, interest, principal, costs, drawn, drawn_on, instalment)
""")
# Anew for those that want it now: one that was paid meanwhile leaves, another may have come.
CLAIM_AGAIN = text("""
with again as (
  update delivery set state = 'claimed', attempt = attempt + 1, claimed_at = :now, document = cast(:document as jsonb),
      pdf = :pdf, fee = :fee, fee_kind = :fee_kind, deadline = :deadline, contact_point_id = :contact_point,
      addressee = :addressee, try_again = false
  where id = :id returning id),
rider as (
  select * from unnest(cast(:cases as int[]), cast(:rounds as int[]), cast(:steps as text[]), cast(:interest as numeric[]),
    cast(:principals as numeric[]), cast(:costs as numeric[]), cast(:drawn as numeric[]), cast(:drawn_on as date[]),
  cast(:instalments as int[])) s(case_id, round, step, interest, principal, costs, drawn, drawn_on, instalment)),
gone as (
  delete from delivery_case dc using again where dc.delivery_id = again.id
    and not exists (select from rider where rider.case_id = dc.case_id))
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee, interest, asked_principal, asked_costs,
  drawn, drawn_on, drawn_instalment)
select again.id, s.case_id, s.round, s.step, :channel, s.case_id is not distinct from :bearer, s.interest, s.principal,
  s.costs, s.drawn, s.drawn_on, s.instalment
from again, rider s
on conflict (delivery_id, case_id) do update set carries_fee = excluded.carries_fee, interest = excluded.interest,
  asked_principal = excluded.asked_principal, asked_costs = excluded.asked_costs, drawn = excluded.drawn,
  drawn_on = excluded.drawn_on, drawn_instalment = excluded.drawn_instalment
""")
EXISTING = text("""
select d.id from delivery d join delivery_case dc on dc.delivery_id = d.id
where dc.case_id = :case and dc.round = :round and dc.step = :step and dc.channel = :channel
""")
# Whoever writes to the cases that a delivery serves holds the delivery and then all of them, in the order of their ids:
# nobody waits in a circle.
ACCEPTED = text(f"""
with accepted as (
  update delivery set state = 'accepted', accepted_at = :at, provider_id = coalesce(:provider_id, provider_id),
      cost = :cost, batch = coalesce(:batch, batch)
  where id = :id and accepted_at is null and state in ('claimed', 'unavailable')
  returning id, creditor_id, channel, fee, fee_kind, currency),
answering as (  -- the first that is taken tells those that wait for its provider
  update outage o set answered_at = :at from accepted a where o.channel = a.channel and o.answered_at is null
    and {is_live("a.creditor_id")}),
costed as (  -- an event of the provider's may overtake its answer, which alone knows the cost
  update delivery set cost = :cost where id = :id and cost = 0 and not exists (select from accepted)),
served as materialized (
  select c.id, c.invoice_id, dc.carries_fee, dc.interest from delivery_case dc join dunning_case c on c.id = dc.case_id
  where dc.delivery_id in (select id from accepted) order by c.id for update of c)
{INSERT}
select a.creditor_id, s.invoice_id, b.kind, b.part, b.amount, a.currency, :on, b.source, b.source_id, null, null, :at
from served s cross join accepted a cross join lateral (
  select a.fee_kind, 'fee', a.fee, 'delivery', a.id::text where s.carries_fee and a.fee > 0
  union all
  select 'interest', 'interest', s.interest, 'interest', a.id || '/' || s.id where s.interest > 0)
  as b(kind, part, amount, source, source_id)
order by s.id
on conflict do nothing
""")
UNAVAILABLE = text("""
update delivery set state = 'unavailable', unavailable_at = :at,
    first_unavailable_at = coalesce(first_unavailable_at, :at), failure = :reason, try_again = :try_again
where id = :id and state = 'claimed'
""")
FAILED = text("""
update delivery set state = 'failed', failed_at = :at, failure = :reason,
  refused_template = case when :refused then document ->> 'content_sid' end
where id = :id and state in ('claimed', 'unavailable', 'accepted') and read_at is null
returning contact_point_id
""")
MARK_CONTACT = text("""
update contact_point set state = :state, happened_at = :at where id = :id and state = 'valid' returning channel
""")
_BROKEN = {"bounced": "bounced", "wrong": "came back"}  # what became of a message, by the state that it leaves behind
ASKED = text("update contact_point set asked_at = :now where id = :id")
PLACE_OF = text("""
select p.channel, p.address from contact_point p join delivery d on d.contact_point_id = p.id where d.id = :id
""")
REACHED_SOMEBODY_ELSE = text("""
update delivery set state = 'failed', failed_at = :at, failure = 'it reached somebody else', read_at = null, read_by = null
where contact_point_id = any(:points) and state in ('claimed', 'unavailable', 'accepted') returning id
""")
WENT_TO_AN_OLD_ADDRESS = text("""
update delivery set state = 'failed', failed_at = :at, failure = 'the address was an old one'
where contact_point_id = any(:points) and state in ('claimed', 'unavailable', 'accepted') and read_at is null
  and claimed_at > :since returning id
""")
CASES_OF = text("select case_id from delivery_case where delivery_id = :id order by case_id")
SERVED_BY = text("select distinct case_id from delivery_case where delivery_id = any(:ids)")


@dataclass(frozen=True, slots=True)
class Served:
    """A case that a delivery serves, the step it serves in it, and what it asks for of the case."""

    case: OpenCase
    step: str
    asks: CaseDemand


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery about to be claimed. Amounts in `currency`; `document` is what will be sent, word for word."""

    id: UUID
    serial: int
    channel: Channel
    message: str
    tone: str
    alert: bool
    contact_point: int | None
    document: dict[str, object]
    pdf: bytes | None
    fee: Decimal
    currency: str
    deadline: date | None
    shadow: bool
    fee_kind: str = "fee"  # or compensation
    asks_whether_right: bool = False  # its contact point
    addressee: Asker | None = None  # who stands in and gets it; None: the debtor
    optional: bool = False  # of a step that others have not


async def existing(connection: AsyncConnection, case: OpenCase, step: str, channel: Channel) -> UUID | None:
    """The delivery already claimed for this case, round, step and channel."""
    values = {"case": case.id, "round": case.facts.round, "step": step, "channel": channel}
    found: UUID | None = (await connection.execute(EXISTING, values)).scalar_one_or_none()
    return found


async def claim(
    connection: AsyncConnection,
    delivery: NewDelivery,
    served: Sequence[Served],
    now: datetime,
    *,
    again: bool,
) -> None:
    """Claim a delivery for its cases, one of which bears the fee if there is one; `again` claims one anew.

    The unique key case/round/step/channel refuses a second claim of the same message.
    """
    lead = served[0].case
    values = {
        "id": delivery.id,
        "document": to_json(delivery.document),
        "pdf": delivery.pdf,
        "fee": delivery.fee,
        "fee_kind": delivery.fee_kind,
        "cases": [s.case.id for s in served],
        "rounds": [s.case.facts.round for s in served],
        "steps": [s.step for s in served],
        "interest": [s.asks.added_interest for s in served],
        "principals": [s.asks.asked.principal for s in served],
        "costs": [s.asks.asked.costs for s in served],
        "drawn": [s.asks.draw.amount if s.asks.draw else None for s in served],
        "drawn_on": [s.asks.draw.day if s.asks.draw else None for s in served],
        "instalments": [s.asks.draw.instalment if s.asks.draw else None for s in served],
        "bearer": next((s.case.id for s in served if s.asks.charge), None),
        "channel": delivery.channel,
        "deadline": delivery.deadline,
        "contact_point": delivery.contact_point,
        "addressee": delivery.addressee,
        "now": now,
    }
    if delivery.asks_whether_right and not delivery.shadow:
        await connection.execute(ASKED, {"id": delivery.contact_point, "now": now})
    if again:
        await connection.execute(CLAIM_AGAIN, values)
        return
    await connection.execute(
        CLAIM,
        values
        | {
            "serial": delivery.serial,
            "creditor": lead.creditor_id,
            "debtor": lead.debtor_id,
            "message": delivery.message,
            "tone": delivery.tone,
            "language": lead.language,
            "alert": delivery.alert,
            "optional": delivery.optional,
            "state": "shadow" if delivery.shadow else "claimed",
            "currency": delivery.currency,
        },
    )


async def accepted(
    connection: AsyncConnection,
    delivery: UUID,
    at: datetime,
    booked_on: date,
    *,
    provider_id: str | None,
    cost: Decimal,
    batch: str | None = None,
) -> None:
    """The provider has it: the delivery stands and its fee is booked, once, on the day we heard of it."""
    values = {"id": delivery, "at": at, "on": booked_on, "provider_id": provider_id, "cost": cost, "batch": batch}
    await connection.execute(ACCEPTED, values)


async def unavailable(
    connection: AsyncConnection, delivery: UUID, at: datetime, reason: str, *, try_again: bool = False
) -> None:
    """The provider certainly did not take it; it may be tried again, with `try_again` at once."""
    values = {"id": delivery, "at": at, "reason": reason[:500], "try_again": try_again}
    await connection.execute(UNAVAILABLE, values)


async def failed(
    connection: AsyncConnection,
    delivery: UUID,
    at: datetime,
    reason: str,
    *,
    contact: str | None,
    words_refused: bool = False,
) -> bool:
    """The message did not arrive and will not: its fee is taken back and the contact point marked `contact`.

    `words_refused`: its provider does not take what it says, whoever gets it; the template that it used is noted.
    Gives whether this changed anything: a delivery that was read stays read.
    """
    values = {"id": delivery, "at": at, "reason": reason[:500], "refused": words_refused}
    row = (await connection.execute(FAILED, values)).one_or_none()
    if row is None:
        return False
    await take_charges_back(connection, [delivery], at)
    if contact is not None and row.contact_point_id is not None:
        marked = {"id": row.contact_point_id, "state": contact, "at": at}
        channel = (await connection.execute(MARK_CONTACT, marked)).scalar_one_or_none()
        if channel is not None and contact in _BROKEN:
            why = f"{channel.replace('_', ' ')} {_BROKEN[contact]}: find another address, or the right one"
            (case, *_) = await cases_of(connection, delivery)
            await debtors.ask_for_another(connection, row.contact_point_id, case, why, at)
    return True


async def reached_somebody_else(connection: AsyncConnection, points: Sequence[int], at: datetime) -> None:
    """What was sent to these contact points did not reach the debtor, whoever read it: its fees are taken back."""
    values = {"points": list(points), "at": at}
    reached = (await connection.execute(REACHED_SOMEBODY_ELSE, values)).scalars().all()
    await take_charges_back(connection, reached, at)


async def went_to_an_old_address(
    connection: AsyncConnection, points: Sequence[int], at: datetime, *, since: datetime
) -> None:
    """What was sent to these contact points since then, and nobody has read, did not arrive: its fees are taken back."""
    values = {"points": list(points), "at": at, "since": since}
    gone = (await connection.execute(WENT_TO_AN_OLD_ADDRESS, values)).scalars().all()
    await take_charges_back(connection, gone, at)


async def take_charges_back(connection: AsyncConnection, deliveries: Sequence[UUID], at: datetime) -> None:
    """The fees and interest that deliveries charged should not stand."""
    if not deliveries:
        return
    cases = (await connection.execute(SERVED_BY, {"ids": list(deliveries)})).scalars().all()
    for invoice in await ledger.lock(connection, cases):
        for delivery in deliveries:
            by = (("delivery", str(delivery)), ("interest", f"{delivery}/{invoice.case_id}"))
            standing = (await ledger.history(connection, invoice.invoice_id)).charged(FEES_AND_INTEREST)
            wrong = [each for each in standing if (each.source, each.source_id) in by]
            under = postings.keys("delivery undone", f"{delivery}/{invoice.case_id}", 1)
            await postings.take_back(connection, invoice, wrong, under, at)


async def place_of(connection: AsyncConnection, delivery: UUID) -> tuple[str, str] | None:
    """Where a delivery went: channel and address."""
    row = (await connection.execute(PLACE_OF, {"id": delivery})).one_or_none()
    return (row.channel, row.address) if row is not None else None


async def cases_of(connection: AsyncConnection, delivery: UUID) -> list[int]:
    """The cases a delivery serves."""
    return list((await connection.execute(CASES_OF, {"id": delivery})).scalars())


async def tell_companions(connection: AsyncConnection, delivery: UUID, lead: int, now: datetime) -> None:
    """The other cases that a delivery serves look again: their step was taken along."""
    others = [case for case in await cases_of(connection, delivery) if case != lead]
    await tell(connection, others, "message_sent", now)
