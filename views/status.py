"""Where a case stands and what happened in it, read from the facts: it answers with no worker up."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.operations.tasks import TASKS

CASES = """
select c.id as case_id, c.creditor_id as creditor, i.number as invoice, c.state, c.outcome, c.round, p.name as policy,
  i.issue_date, i.due_date, i.currency, i.reference, c.balance,
  c.next_kind, c.next_step, c.next_channel, c.next_at, c.next_why, c.flag, i.segment,
  c.state = 'open' and exists (select from hold h where h.case_id = c.id and h.released_at is null
    and (h.until is null or h.until > :now)) as on_hold,
  c.state = 'open' and exists (select from dispute d where d.case_id = c.id and d.resolved_at is null) as disputed,
  i.order_reference, i.buyer_reference, i.cost_centre, i.buyer_contact, c.policy_hash, c.debtor_id
from dunning_case c join invoice i on i.id = c.invoice_id join policy_text p on p.hash = c.policy_hash
"""
BY_NUMBER = text("select creditor_id from invoice where number = :number order by creditor_id limit 2")
PLACES = "select creditor_id, id as place from dunning_case"
# What each row tells besides its detail is what `views/diary.py` needs to say it in words. No two rows of a source have the same
# sort and number at one moment: a story is read on from the last of them.
_STORY = f"""
  select e.happened_at as at, e.kind as what, e.by, e.detail, 'diary' as source, null::jsonb as told, 1 as sort, e.id as nth
  from case_event e where e.case_id = :case
  union all
  select d.claimed_at, d.channel || ' ' || d.message || case when d.alert then ' (alert)' else '' end || ' claimed', 'purr',
    jsonb_build_object('delivery', d.id, 'step', dc.step, 'round', dc.round, 'state', d.state, 'fee', d.fee::text,
      'deadline', d.deadline, 'failure', d.failure, 'addressee', d.addressee), 'delivery',
    jsonb_build_object('channel', d.channel, 'message', d.message, 'sent', d.accepted_at is not null, 'alert', d.alert), 2,
    d.serial
  from delivery d join delivery_case dc on dc.delivery_id = d.id where dc.case_id = :case
  union all
  select pe.happened_at, d.channel || ' ' || pe.kind, pe.provider, jsonb_build_object('delivery', d.id), 'provider',
    jsonb_build_object('step', dc.step, 'channel', d.channel, 'message', d.message, 'kind', pe.kind),
    case pe.kind when 'accepted' then 3 when 'delivered' then 4 else 5 end, pe.id  -- a provider's stamps are whole seconds
  from delivery_case dc join delivery d on d.id = dc.delivery_id join provider_event pe on pe.delivery_id = d.id
  where dc.case_id = :case and {{of_provider}}
  union all
  select l.happened_at, l.kind, l.source, jsonb_build_object('amount', l.amount::text, 'part', l.part,
    'booked_on', l.booked_on), 'money', jsonb_build_object('currency', i.currency), 0, l.id
  from dunning_case c join invoice i on i.id = c.invoice_id join ledger_entry l on l.invoice_id = i.id where c.id = :case
  union all
  select t.happened_at, t.kind || ' task', 'purr', jsonb_build_object('step', t.step, 'done_at', t.done_at), 'task',
    null, 6, t.id
  from {TASKS} t where t.case_id = :case
  union all
  select r.happened_at, 'reply by ' || r.channel, coalesce(r.said_by, 'debtor'), jsonb_build_object('reply', r.id, 'text', r.text,
    'meaning', r.meaning, 'done_at', r.done_at, 'done_by', r.done_by), 'reply',
    jsonb_build_object('channel', r.channel, 'subject', r.subject), -1, r.id  -- before what it led to
  from dunning_case c cross join lateral (select * from reply where case_id = c.id
    union all select * from reply where case_id is null and debtor_id = c.debtor_id) r
  where c.id = :case and r.debtor_id = c.debtor_id and r.happened_at >= c.happened_at
  union all
  select h.happened_at, case h.state when 'backed out' then 'hand-off backed out' else 'hand-off queued' end, 'purr', null,
    'hand-off', null, 7, h.id
  from hand_off h where h.case_id = :case
  union all
  select h.exported_at, 'hand-off exported', 'purr', jsonb_build_object('file', h.file), 'hand-off', null, 8, h.id
  from hand_off h where h.case_id = :case and h.exported_at is not null
"""
HAPPENED = _STORY.format(of_provider="true")
ONCE = _STORY.format(
    of_provider="""pe.kind <> 'accepted' and not exists (select from provider_event o
    where o.delivery_id = pe.delivery_id and o.kind = pe.kind and (o.happened_at, o.id) < (pe.happened_at, pe.id))"""
)
"""SQL: the same as people read it: a provider tells the same more than once, and that it has taken a message says no more than
that it was sent."""
OF_THE_SERVICE = """
  select b.blocked_at, 'service blocked', 'purr', null, 'service', null, 8, b.id from service_block b where b.case_id = :case
  union all
  select b.unblocked_at, 'service free again', 'purr', null, 'service', null, 9, b.id
  from service_block b where b.case_id = :case and b.unblocked_at is not null
    and not exists (select from service_termination s where s.case_id = b.case_id and s.happened_at = b.unblocked_at)
  union all
  select s.happened_at, 'service ended', 'purr', null, 'service', null, 10, s.id
  from service_termination s where s.case_id = :case
"""
"""SQL: what became of a service that was at stake, as people read it."""
TIMELINE = text(f"select at, what, by, detail from ({HAPPENED}) as everything order by at, sort, nth")


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """One case as lists and status show it. Amounts in `currency`, moments in UTC. A closed case is not on hold."""

    case_id: int
    creditor: str
    invoice: str
    state: str
    outcome: str | None
    round: int
    policy: str
    issue_date: date
    due_date: date
    currency: str
    reference: str | None
    balance: Decimal
    next_kind: str | None
    next_step: str | None
    next_channel: str | None
    next_at: datetime | None
    next_why: str | None
    flag: str | None
    segment: str | None
    on_hold: bool
    disputed: bool
    order_reference: str | None
    buyer_reference: str | None
    cost_centre: str | None
    buyer_contact: str | None


SHOWN = ", ".join(field.name for field in fields(CaseStatus))
"""What lists and status show of `CASES`, which has more for filters."""
ONE = text(f"select {SHOWN} from ({CASES}) c where creditor = :creditor and invoice = :number")


async def status(connection: AsyncConnection, creditor: str, number: str, now: datetime) -> CaseStatus | None:
    """Where the case of a creditor's invoice stands, or None."""
    row = (await connection.execute(ONE, {"creditor": creditor, "number": number, "now": now})).one_or_none()
    return CaseStatus(*row) if row else None


async def timeline(connection: AsyncConnection, case: int) -> list[dict[str, Any]]:
    """Everything that happened in a case, oldest first: bookings, deliveries, provider events, commands, tasks."""
    rows = (await connection.execute(TIMELINE, {"case": case})).all()
    return [{"at": row.at, "what": row.what, "by": row.by, "detail": row.detail} for row in rows]


async def creditors_of(connection: AsyncConnection, number: str) -> list[str]:
    """Up to two creditors that have an invoice of this number: enough to know whether it is plain."""
    return list((await connection.execute(BY_NUMBER, {"number": number})).scalars())
