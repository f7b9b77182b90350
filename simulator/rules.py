"""What must hold in any world: told in words where it does not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from domain.countries.fees import fee_of
from domain.countries.law import Law
from domain.money.receivables import ageing
from domain.planner.occasions import LAST_WORDS
from facts import clock
from facts.database import Database
from facts.money import ledger, receivables
from simulator.emulators.providers import Providers
from simulator.offices.creditor_system import CreditorSystem
from simulator.report import DELIVERIES

# The database's own stamps tell what was known when a message was claimed.
SENT_AFTER_PAYMENT = text("""
select i.number, dc.step, d.channel from delivery d join delivery_case dc on dc.delivery_id = d.id
join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
where (select sum(l.amount) from ledger_entry l where l.invoice_id = i.id and l.recorded_at < d.recorded_at) <= 0
  and split_part(dc.step, '#', 1) <> all(cast(:last_words as text[]))
""")
# What asks for money, though money was on its way, promised, or agreed on in parts.
ASKED_DESPITE = text("""
select i.number, dc.step, d.channel, w.what from delivery d join delivery_case dc on dc.delivery_id = d.id
join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
join lateral (
  select 'a claim is pending' as what from claim q where q.case_id = c.id
    and d.claimed_at > q.happened_at and d.claimed_at < coalesce((select min(e.happened_at) from case_event e
      where e.case_id = c.id and e.detail ->> 'claim' = q.id::text
        and e.kind in ('claim_settled', 'claim_failed', 'claim_cancelled')), 'infinity')
  union all
  select 'the debtor has promised to pay' from promise p where p.case_id = c.id and p.withdrawn_at is null
    and d.claimed_at > p.happened_at and cast(d.claimed_at at time zone :zone as date) <= p.pay_by
  union all
  select 'it is paid in parts' from instalment_plan p where p.case_id = c.id
    and d.claimed_at > p.happened_at and d.claimed_at < coalesce(p.ended_at, 'infinity')) w on true
where dc.step <> 'invoice' and (dc.step not like '%#%' or dc.step like 'first-reminder#%') and not d.alert
""")
FEE_DAYS = text("""
select i.number, l.booked_on, l.amount, i.original_due_date, b.kind as debtor_kind, coalesce(d.message, 'reminder') as message
from ledger_entry l join invoice i on i.id = l.invoice_id join debtor b on b.id = i.debtor_id
left join delivery d on l.source = 'delivery' and d.id::text = l.source_id
where l.kind = 'fee'
""")
NEVER_ACTS = text("""
select i.number, c.next_kind, c.next_why from dunning_case c join invoice i on i.id = c.invoice_id
where c.state = 'open' and c.next_at is null and c.next_kind is distinct from 'wait' order by i.number
""")
AHEAD_OF_TIME = text("""
select i.number, max(d.happened_at) as at from decision d join dunning_case c on c.id = d.case_id
join invoice i on i.id = c.invoice_id where d.happened_at > :now group by i.number
""")
LEFT_NEWS = text("select count(*) from outbox")
# Each payment is on the ledger with all of its amount, or waits, or goes back.
UNALLOCATED = text("""
select p.id, p.amount, p.state, coalesce(-l.booked, 0) as booked
from incoming_payment p
left join lateral (select sum(amount) as booked from ledger_entry where payment_id = p.id and kind <> 'refund') l on true
left join lateral (select sum(amount) as back from refund where payment_id = p.id) r on true
where case p.state when 'booked' then coalesce(-l.booked, 0) <> p.amount
  when 'returned' then coalesce(r.back, 0) <> p.amount or l.booked is not null else l.booked is not null end
""")
BOOKED = text("""
select i.number, coalesce(-sum(l.amount), 0) as booked from invoice i
left join ledger_entry l on l.invoice_id = i.id and l.payment_id is not null and l.kind <> 'refund' group by i.number
""")
LEDGER = text("""
select i.currency, sum(l.amount) as balance from ledger_entry l join invoice i on i.id = l.invoice_id
where i.creditor_id = :creditor group by i.currency
""")
BLOCKED_EARLY = text("""
select i.number, b.blocked_at, w.deadline from service_block b join dunning_case c on c.id = b.case_id
join invoice i on i.id = c.invoice_id left join lateral (
  select max(d.deadline) as deadline from delivery_case dc join delivery d on d.id = dc.delivery_id
  where dc.case_id = c.id and d.message = 'block-warning' and not d.alert and d.posted_on is not null) w on true
where w.deadline is null or cast(b.blocked_at at time zone :zone as date) <= w.deadline
""")
BLOCKED_FOR_NOTHING = text("""
select i.number from service_block b join dunning_case c on c.id = b.case_id join invoice i on i.id = c.invoice_id
where b.unblocked_at is null and c.balance <= 0
""")
BLOCKS = text("""
select count(*) as blocked, count(unblocked_at) as freed from service_block
""")
UNDELIVERED = text("""
select type, count(*) as messages, max(error) as error from webhook_message where state <> 'delivered' group by type
""")


async def broken(
    database: Database, providers: Providers, systems: CreditorSystem, law: Law, meant: Mapping[str, Decimal]
) -> list[str]:
    """What went wrong, in words; empty in a healthy world. `meant` is what people paid for each invoice number."""
    return [
        *await messages_astray(database, providers, law),
        *await fees_astray(database, law),
        *await cases_astray(database),
        *await money_astray(database, meant),
        *await blocks_astray(database, law),
        *await webhooks_astray(database, systems),
    ]


async def messages_astray(database: Database, providers: Providers, law: Law) -> list[str]:
    """Messages that should not have been sent, were sent twice, or were not told of."""
    async with database.transaction() as connection:
        late = (await connection.execute(SENT_AFTER_PAYMENT, {"last_words": list(LAST_WORDS)})).all()
        despite = (await connection.execute(ASKED_DESPITE, {"zone": str(law.calendar.zone)})).all()
        deliveries = (await connection.execute(DELIVERIES)).all()
    wrong = [f"{row.number}: {row.step} by {row.channel} was sent although it was paid" for row in late]
    wrong += [f"{row.number}: {row.step} by {row.channel} was sent although {row.what}" for row in despite]
    wrong += _deliveries_not_once(deliveries, Counter(sent.delivery_id for sent in providers.log))
    if providers.refused_callbacks or providers.abandoned_callbacks:
        wrong.append(f"{providers.refused_callbacks} callbacks refused, {providers.abandoned_callbacks} abandoned")
    return wrong


async def fees_astray(database: Database, law: Law) -> list[str]:
    """Fees that the law does not allow."""
    wrong = []
    async with database.transaction() as connection:
        fees = (await connection.execute(FEE_DAYS)).all()
    for fee in fees:
        day, kind, of = fee.booked_on, fee.debtor_kind, fee_of(fee.message)
        if day < law.late_fee_from(fee.original_due_date, kind, of, on=day):
            wrong.append(f"{fee.number}: a fee on {day}, before the law allows one")
        if fee.amount > law.statutory_fee(day, kind, of):
            wrong.append(f"{fee.number}: a fee of {fee.amount}, more than the law allows")
    return wrong


async def cases_astray(database: Database) -> list[str]:
    """Cases that stand still for good, run ahead of time, or were not told what happened."""
    async with database.transaction() as connection:
        still = (await connection.execute(NEVER_ACTS)).all()
        early = (await connection.execute(AHEAD_OF_TIME, {"now": await clock.now(connection)})).all()
        news = (await connection.execute(LEFT_NEWS)).scalar_one()
    wrong = [f"{row.number}: is open and will never act again ({row.next_kind}: {row.next_why})" for row in still]
    wrong += [f"{row.number}: decided at {row.at}, ahead of the world's time" for row in early]
    return [*wrong, f"{news} pieces of news never arrived"] if news else wrong


async def money_astray(database: Database, meant: Mapping[str, Decimal]) -> list[str]:
    """Money that is nowhere, in two places, or on an invoice that nobody meant to pay with it."""
    async with database.transaction() as connection:
        unallocated = (await connection.execute(UNALLOCATED)).all()
        disagreeing = await ledger.disagreeing(connection)
        booked = {row.number: row.booked for row in (await connection.execute(BOOKED)).all()}
    wrong = [f"payment {row.id} of {row.amount} is {row.state}, {row.booked} of it booked" for row in unallocated]
    wrong += [f"case {case}: its balance is not what its ledger adds up to" for case in disagreeing]
    return wrong + [
        f"{number}: {booked[number]} is booked on it, {paid} was paid for it"
        for number, paid in meant.items()
        if booked[number] != paid
    ]


async def ageing_astray(database: Database, creditors: Sequence[str], on: date) -> list[str]:
    """Creditors for whom what is owed, by age, and what is in credit are not what their ledger adds up to."""
    wrong = []
    async with database.transaction() as connection:
        for creditor in creditors:
            changes = await receivables.changes(connection, creditor, on)
            aged = {currency: each.balance for currency, each in ageing(changes, on).items()}
            ledgers = (await connection.execute(LEDGER, {"creditor": creditor})).all()
            added = {row.currency: row.balance for row in ledgers}
            if added != aged:
                wrong.append(f"{creditor}: by age and in credit it is {aged}, the ledger adds up to {added}")
    return wrong


async def blocks_astray(database: Database, law: Law) -> list[str]:
    """Services that were blocked without a warning or within it, or stay blocked for nothing."""
    async with database.transaction() as connection:
        early = (await connection.execute(BLOCKED_EARLY, {"zone": str(law.calendar.zone)})).all()
        for_nothing = (await connection.execute(BLOCKED_FOR_NOTHING)).scalars().all()
    wrong = [f"{row.number}: its service was blocked at {row.blocked_at}, warned until {row.deadline}" for row in early]
    return wrong + [f"{number}: is paid, and its service is still blocked" for number in for_nothing]


async def webhooks_astray(database: Database, systems: CreditorSystem) -> list[str]:
    """What creditors' systems were not told, or could not believe, in words."""
    async with database.transaction() as connection:
        undelivered = (await connection.execute(UNDELIVERED)).all()
        blocks = (await connection.execute(BLOCKS)).one()
    wrong = [f"{row.messages} webhooks {row.type} were not delivered: {row.error}" for row in undelivered]
    if systems.refused:
        wrong.append(f"{systems.refused} webhooks had a signature that does not hold")
    told = (systems.heard["service.block"], systems.heard["service.unblock"])
    if told != (blocks.blocked, blocks.freed):
        wrong.append(f"{blocks.blocked} services were blocked and {blocks.freed} freed; {told} of it was told")
    return wrong


def _deliveries_not_once(deliveries: Sequence[Any], sent: Counter[str]) -> list[str]:
    """Every answered message is in the providers' log exactly once; an unanswered one may or may not be."""
    wrong = []
    for row in deliveries:
        times = sent.pop(row.id, 0)
        answered = row.provider_id is not None and row.attempt == 1
        if answered and times != 1:
            wrong.append(f"delivery {row.id} ({row.channel}, {row.state}) was sent {times} times")
        elif times > row.attempt:
            wrong.append(f"delivery {row.id} was sent {times} times in {row.attempt} attempts")
    return wrong + [f"a message {delivery} was sent that nobody knows of" for delivery in sent]
