"""A case with its person as whoever is called about it needs them: read in one statement, without a rule of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.mandate_answers import in_words
from domain.money.accounts import account_shown
from domain.money.charges import Charge
from facts.addresses import PAST, written_to
from facts.clock import is_live
from facts.money.bank_accounts import OWN
from facts.money.charges import CHARGED, left_of
from facts.page_changes import HERE, Position, reached

MOST = 50  # of each kind of thing that is listed

# How well an address works is what became of what was sent there.
CONTACTS = f"""
select json_agg(json_build_object('channel', p.channel, 'address', p.address, 'state', p.state, 'role', p.role,
    'of_representative', p.of_representative, 'known_elsewhere', p.known_elsewhere, 'wrote_from_at', p.wrote_from_at,
    'confirmed_at', p.last_confirmed_at, 'sent', w.sent, 'read', w.read, 'failed', w.failed, 'failure', w.failure)
  order by p.of_representative desc, p.state <> 'valid', p.channel, p.id)
from contact_point p
cross join lateral (
  select count(*) filter (where l.accepted_at is not null) as sent, count(*) filter (where l.read_at is not null) as read,
    count(*) filter (where l.state = 'failed') as failed,
    (array_agg(l.failure order by l.failed_at desc) filter (where l.state = 'failed' and l.failure is not null))[1] as failure
  from delivery l where l.contact_point_id = p.id and l.state not in ('shadow', 'withdrawn')) w
where p.debtor_id in (d.id, {written_to("d")}) and p.state not in {PAST}
"""
TASKS = """
select json_agg(json_build_object('id', t.id, 'kind', t.kind, 'why', t.why, 'due_on', t.due_on, 'reply', t.reply)
  order by t.due_on nulls last, t.id)
from (
  select t.id, t.kind, t.why, t.due_on, null::int as reply from task t where t.case_id = c.id and t.done_at is null
  union all
  select t.id, t.kind, t.why, null, t.reply_id from debtor_task t where t.debtor_id = c.debtor_id and t.done_at is null) t
"""
# Those that stand or are asked for; where there are none, the one that ended last. Each with the latest draw by it, of
# whichever invoice, and with what the centre said last.
MANDATES = """
select json_build_object('reference', m.reference, 'state', m.state, 'limit', m.monthly_limit::text,
  'at', case m.state when 'ended' then m.ended_at when 'pending' then m.asked_at else coalesce(m.confirmed_at, m.asked_at) end,
  'ended_why', m.ended_why, 'proof', m.proof,
  'draw', (select json_build_object('state', q.state, 'amount', q.amount::text, 'due_on', q.due_on, 'why',
      (select e.detail ->> 'why' from case_event e where e.case_id = q.case_id and e.kind = 'claim_failed'
        and e.detail ->> 'claim' = q.id::text order by e.id desc limit 1))
    from claim q where q.mandate_id = m.id order by q.id desc limit 1)) as mandate
from mandate m where m.debtor_id = c.debtor_id and (m.state <> 'ended' or m.id = (
  select x.id from mandate x where x.debtor_id = c.debtor_id order by x.state <> 'ended' desc, x.ended_at desc, x.id desc
  limit 1))
order by m.state, m.id
"""
CARD = text(f"""
select c.id as case, c.invoice_id as invoice, c.debtor_id as debtor, c.creditor_id as creditor, cr.name as creditor_name,
  not ({is_live("c.creditor_id")}) as is_test, cr.collection_partner, c.state, c.outcome, c.round, c.flag, c.news_seq,
  i.number, i.issue_date, i.due_date, i.original_due_date, i.currency, i.amount, i.reference, i.account,
  {OWN.format(creditor="i.creditor_id")} as own, i.segment, i.pdf_sha256 is not null as has_pdf, c.balance, c.principal, c.fee,
  c.interest, {CHARGED} as charged, t.name as policy,
  d.name, d.kind, d.customer_number, d.organisation_number, d.birth_date, d.language, d.country, d.address,
  d.representative, ({CONTACTS}) as contacts, ({TASKS}) as tasks,
  (select json_agg(json_build_object('id', x.id, 'reason', x.reason_code, 'amount', x.amount::text, 'by', x.by, 'note', x.note,
     'at', x.happened_at)) from dispute x where x.case_id = c.id and x.resolved_at is null) as disputes,
  (select json_agg(json_build_object('id', h.id, 'reason', h.reason_code, 'until', h.until, 'by', h.by, 'note', h.note,
     'at', h.happened_at)) from hold h where h.case_id = c.id and h.released_at is null
     and (h.until is null or h.until > :now)) as holds,
  (select json_agg(json_build_object('amount', p.amount::text, 'pay_by', p.pay_by, 'by', p.by, 'at', p.happened_at)
     order by p.id desc) from promise p where p.case_id = c.id and p.withdrawn_at is null) as promises,
  (select json_agg(m.mandate) from ({MANDATES}) m) as mandates,
  (select json_build_object('state', h.state, 'at', coalesce(h.answered_at, h.exported_at, h.happened_at),
     'reason', h.reason_code) from hand_off h where h.case_id = c.id order by h.id desc limit 1) as hand_off,
  (select json_agg(f.file) from (select json_build_object('reply', f.reply_id, 'position', f.position, 'name', f.name,
     'size', f.size, 'at', r.happened_at) as file from reply r join reply_file f on f.reply_id = r.id
     where r.debtor_id = c.debtor_id and (r.case_id is null or r.case_id = c.id) and f.left_out is null
     order by r.happened_at desc, f.position limit {MOST}) f) as attached,
  (select json_agg(l.letter) from (select json_build_object('delivery', l.id, 'message', l.message,
     'at', coalesce(l.accepted_at, l.claimed_at)) as letter from delivery_case dc join delivery l on l.id = dc.delivery_id
     where dc.case_id = c.id and l.pdf is not null and l.state in ('accepted', 'failed') order by l.serial desc limit {MOST}) l)
     as letters,
  (select json_agg(o.owed) from (select json_build_object('currency', oi.currency, 'count', count(*),
     'open', count(*) filter (where o.state = 'open'), 'owed', sum(o.balance)::text) as owed
     from dunning_case o join invoice oi on oi.id = o.invoice_id where o.debtor_id = c.debtor_id and o.id <> c.id
     group by oi.currency order by oi.currency) o) as others,
  {HERE}
from dunning_case c join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
join creditor cr on cr.id = c.creditor_id join policy_text t on t.hash = c.policy_hash
where c.id = :case
""")


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach the debtor or who stands in, and what became of what was sent there."""

    channel: str
    address: str
    state: str
    role: str | None
    of_representative: bool
    known_elsewhere: str | None
    wrote_from_at: datetime | None
    confirmed_at: datetime | None
    sent: int
    read: int
    failed: int
    failure: str | None  # of the latest that failed


@dataclass(frozen=True, slots=True)
class OpenTask:
    """Work that waits for a person; `reply` is what is to be read, where it is that."""

    id: int
    kind: str
    why: str
    due_on: date | None
    reply: int | None


@dataclass(frozen=True, slots=True)
class Others:
    """The debtor's other invoices in one currency: how many, how many of them go on, and what is owed."""

    currency: str
    count: int
    open: int
    owed: Decimal


@dataclass(frozen=True, slots=True)
class Stands:
    """A dispute or a hold that stands, or a promise that was made."""

    at: datetime
    by: str
    reason: str | None = None
    note: str | None = None
    amount: Decimal | None = None
    until: datetime | None = None
    pay_by: date | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """The latest draw by a mandate; `why` it failed, as the centre said."""

    state: str
    amount: Decimal
    due_on: date
    why: str | None


@dataclass(frozen=True, slots=True)
class Mandate:
    """A permission to draw: how it stands, since when, and what the centre said last; `proof` is what was proved for it."""

    reference: str
    state: str
    limit: Decimal | None
    at: datetime | None
    ended_why: str | None
    proof: str | None
    draw: Draw | None


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with the debtor's words."""

    reply: int
    position: int
    name: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is kept as it was sent."""

    delivery: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HandedOff:
    """Where the latest hand-off stands."""

    state: str
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """A case and its person. Amounts in `currency`; moments in UTC."""

    case: int
    invoice: int
    debtor: int
    creditor: str
    creditor_name: str
    is_test: bool
    collection_partner: str | None
    state: str
    outcome: str | None
    round: int
    flag: str | None
    news_seq: int
    number: str
    issue_date: date
    due_date: date
    original_due_date: date
    currency: str
    amount: Decimal
    reference: str | None
    account: str | None
    segment: str | None
    has_pdf: bool
    balance: Decimal
    principal: Decimal
    fee: Decimal
    interest: Decimal
    charges: tuple[Charge, ...]
    policy: str
    name: str
    kind: str
    customer_number: str | None
    organisation_number: str | None
    birth_date: date | None
    language: str
    country: str
    address: Sequence[str]
    representative: str | None
    contacts: Sequence[Contact]
    tasks: Sequence[OpenTask]
    disputes: Sequence[Stands]
    holds: Sequence[Stands]
    promises: Sequence[Stands]
    mandates: Sequence[Mandate]
    hand_off: HandedOff | None
    attached: Sequence[Attached]
    letters: Sequence[Letter]
    others: Sequence[Others]
    seen: Position  # up to where the page has seen that shows it


async def card(connection: AsyncConnection, case: int, now: datetime) -> Card:
    """A case as it stands at a moment (UTC) of its creditor's."""
    row = dict((await connection.execute(CARD, {"case": case, "now": now})).one()._mapping)
    row["charges"] = left_of(row.pop("charged"), row["fee"])
    row["account"] = account_shown(row["account"], row.pop("own"), row["currency"])
    row["seen"] = reached(row.pop("at"), row.pop("snapshot"))
    row["contacts"] = [
        Contact(**each | _moments(each, "wrote_from_at", "confirmed_at")) for each in row["contacts"] or ()
    ]
    row["tasks"] = [OpenTask(**each | {"due_on": _day(each["due_on"])}) for each in row["tasks"] or ()]
    for name in ("disputes", "holds", "promises"):
        row[name] = [_stands(each) for each in row[name] or ()]
    row["mandates"] = [_mandate(each) for each in row["mandates"] or ()]
    row["hand_off"] = HandedOff(**row["hand_off"] | _moments(row["hand_off"], "at")) if row["hand_off"] else None
    row["attached"] = [Attached(**each | _moments(each, "at")) for each in row["attached"] or ()]
    row["letters"] = [Letter(**each | _moments(each, "at")) for each in row["letters"] or ()]
    row["others"] = [Others(**each | {"owed": Decimal(each["owed"])}) for each in row["others"] or ()]
    return Card(**row)


def _mandate(told: dict[str, Any]) -> Mandate:
    why, draw = told["ended_why"], told["draw"]
    return Mandate(
        reference=told["reference"],
        state=told["state"],
        limit=_number(told["limit"]),
        at=_moment(told["at"]),
        ended_why=None if why is None else in_words(why),
        proof=told["proof"],
        draw=draw and Draw(draw["state"], Decimal(draw["amount"]), date.fromisoformat(draw["due_on"]), draw["why"]),
    )


def _stands(told: dict[str, Any]) -> Stands:
    return Stands(
        at=datetime.fromisoformat(told["at"]),
        by=told["by"],
        reason=told.get("reason"),
        note=told.get("note"),
        amount=_number(told.get("amount")),
        until=_moment(told.get("until")),
        pay_by=_day(told.get("pay_by")),
    )


def _moments(told: dict[str, Any], *names: str) -> dict[str, datetime | None]:
    return {name: _moment(told[name]) for name in names}


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _number(written: str | None) -> Decimal | None:
    return Decimal(written) if written is not None else None
