"""A case and its facts as the planner reads them, in one query."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.fees import EarlierFee, fee_of
from domain.moment import moment_in
from domain.money.allocation import order_of
from domain.money.amount import ZERO
from domain.parties.sms_senders import OwnSender, SmsSenders, network_of
from domain.parties.speakers import SPEAKERS
from domain.planner.case_facts import (
    AlreadySent,
    Announced,
    Asked,
    CaseFacts,
    Companion,
    Contact,
    CreditUsed,
    Delivery,
    DeliveryState,
    Draw,
    DueMoved,
    Paid,
    PastEvent,
    PendingDraw,
)
from domain.vocabulary import Channel
from facts.addresses import PAST, of_one_recipient
from facts.cases.circumstances import COLUMNS, circumstances_in, not_known
from facts.cases.json_record import Field, JsonRecord
from facts.cases.mandate_in_use import DRAWABLE, MANDATE

REMEMBERED_CONTACTS = 99  # the largest contact cap that a policy can write
LATELY = timedelta(days=2)  # how far back messages about other invoices can matter: the day before, anywhere


def _asked(amounts: list[str | None]) -> Asked | None:
    principal, costs = amounts
    return Asked(Decimal(principal), Decimal(costs)) if principal and costs else None


def _draw(fields: list[Any]) -> Draw | None:
    amount, day, instalment = fields
    return Draw(Decimal(amount), date.fromisoformat(day), instalment) if amount and day else None


DELIVERY = JsonRecord(
    Delivery,
    (
        Field("round", "dc.round"),
        Field("step", "dc.step"),
        Field("channel", "dl.channel", Channel),
        Field("state", "dl.state", DeliveryState),
        Field("claimed_at", "dl.claimed_at", datetime.fromisoformat),
        Field("attempt", "dl.attempt"),
        Field("alert", "dl.alert"),
        Field("accepted_at", "dl.accepted_at", datetime.fromisoformat),
        Field("first_unavailable_at", "dl.first_unavailable_at", datetime.fromisoformat),
        Field("unavailable_at", "dl.unavailable_at", datetime.fromisoformat),
        Field("failure", "dl.failure"),
        Field("try_again", "dl.try_again"),
        Field("delivered_at", "dl.delivered_at", datetime.fromisoformat),
        Field("read_at", "dl.read_at", datetime.fromisoformat),
        Field("posted_on", "dl.posted_on", date.fromisoformat),
        Field("deadline", "dl.deadline", date.fromisoformat),
        Field("asked", "json_build_array(dc.asked_principal::text, dc.asked_costs::text)", _asked),
        Field("addressee", "dl.addressee"),
        Field("draw", "json_build_array(dc.drawn::text, dc.drawn_on, dc.drawn_instalment)", _draw),
    ),
)
ALREADY_SENT = JsonRecord(
    AlreadySent,
    (
        Field("message", "s.message"),
        Field("channel", "s.channel", Channel),
        Field("sent_on", "s.sent_on", date.fromisoformat),
        Field("fee", "s.fee::text", Decimal),
        Field("deadline", "s.deadline", date.fromisoformat),
    ),
)
COMPANION = JsonRecord(
    Companion,
    (
        Field("message", "o.message"),
        Field("channel", "o.channel", Channel),
        Field("at", "o.at", datetime.fromisoformat),
        Field("currency", "o.currency"),
    ),
)
DRAW = JsonRecord(
    PendingDraw,
    (
        Field("claim", "q.id"),
        Field("amount", "q.amount::text", Decimal),
        Field("due_on", "q.due_on", date.fromisoformat),
        Field("mandate_stands", "(select m.state = 'active' from mandate m where m.id = q.mandate_id)"),
        Field("plan", "q.plan_id"),
        Field("instalment", "q.instalment"),
        Field(
            "told",
            "(select true from case_event e where e.case_id = q.case_id and e.kind = 'claim_beyond_stopping'"
            " and e.detail ->> 'claim' = q.id::text limit 1) is not null",
        ),
        Field("sent_at", "q.sent_at", datetime.fromisoformat),
        Field("ours_to_tell", "(select m.notify and not q.bank_tells from mandate m where m.id = q.mandate_id)"),
    ),
)

FIND = text("""
select c.id, k.ahead from dunning_case c join invoice i on i.id = c.invoice_id
left join creditor_clock k on k.creditor_id = i.creditor_id
where i.creditor_id = :creditor and i.number = :number
""")
OF_DEBTOR = "h.by in ('{}')".format("', '".join(SPEAKERS))
COUNTRY = text("select d.country from dunning_case c join debtor d on d.id = c.debtor_id where c.id = :case")
# What the debtor's other invoices have too much of; what a person has taken back from this one is not used there again.
CREDIT = """
select coalesce(sum(-o.balance), 0) as credit from dunning_case o
cross join lateral (select currency from invoice where id = o.invoice_id offset 0) i
where o.debtor_id = c.debtor_id and o.balance < 0 and o.withdrawn_at is null and i.currency = c.currency
  and (select true from hand_off h where h.case_id = o.id and h.state in ('queued', 'exported', 'accepted') limit 1) is null
  and (select true from credit_use u where u.from_invoice_id = o.invoice_id and u.to_invoice_id = c.invoice_id
    and u.undoes is not null and u.by <> 'purr' limit 1) is null
"""
# What invoices that are due longer take of it first: those that go on under the same policy.
OLDER = """
select sum(o.balance) from dunning_case o
cross join lateral (select currency, due_date from invoice where id = o.invoice_id offset 0) i
where o.debtor_id = c.debtor_id and o.state = 'open' and o.balance > 0 and o.withdrawn_at is null
  and o.policy_hash = c.policy_hash and i.currency = c.currency and (i.due_date, o.id) < (c.due_date, c.id)
  and (select true from dispute x where x.case_id = o.id and x.resolved_at is null limit 1) is null
  and (select true from instalment_plan x where x.case_id = o.id and x.state = 'active' limit 1) is null
  and (select true from hold x where x.case_id = o.id and x.released_at is null limit 1) is null
  and (select true from claim x where x.case_id = o.id and x.state in ('planned', 'sent', 'cancelling') limit 1) is null
  and (select true from hand_off x where x.case_id = o.id and x.state in ('queued', 'exported', 'accepted') limit 1) is null
"""
# What is asked of another table is asked for this case: `exists` may be planned as a hash of all of its rows.
LOAD = text(f"""
select {COLUMNS}, c.id, c.debtor_id, c.invoice_id, c.policy_hash, c.round, c.news_seq, c.number, c.due_date, c.outcome,
  c.original_due_date, c.currency, c.segment, c.customer_number, c.principal, c.interest, c.language, c.debtor_kind, c.place,
  cr.open_tracking, cr.allocation, c.allocation_rules, cr.sms_senders, k.ahead,
  coalesce((select max(due_on) from claim where case_id = c.id and state in ('planned', 'sent', 'cancelling')),
    c.claimed_elsewhere) as claim_due, c.claimed_elsewhere,
  coalesce((select {DRAWABLE} from ({MANDATE}) m), false) as drawable,
  not exists (select from ledger_entry where invoice_id = c.invoice_id and kind = 'payment') as credited,
  (select case when bool_and(b.imported_through is not null) then min(b.imported_through) end
     from bank_account b where b.creditor_id = c.creditor_id) as bank_data_through,
  (select json_agg(json_build_array(cp.channel, cp.state = 'valid', cp.wrote_from_at, cp.of_representative,
       coalesce(cp.role, ''), case when cp.channel = 'sms' then cp.address end)
     order by cp.last_confirmed_at desc nulls last, cp.id desc)
     from contact_point cp where cp.debtor_id = c.written_to and cp.state not in {PAST} and cp.state <> 'given') as contacts,
  (select json_agg({DELIVERY.sql} order by dl.claimed_at, dl.id)
     from delivery_case dc join delivery dl on dl.id = dc.delivery_id
     where dc.case_id = c.id and dl.state <> 'withdrawn') as deliveries,
  (select json_agg(json_build_array(f.kind, f.booked_on, dl.deadline, f.source = 'already sent', dl.message, f.amount::text))
     from ledger_entry f
     left join delivery dl on dl.id = cast(case f.source when 'delivery' then f.source_id end as uuid)
     where f.invoice_id = c.invoice_id and f.kind in ('fee', 'compensation')
       and (select r.id from ledger_entry r where r.reverses = f.id limit 1) is null) as fees,
  (select json_build_array(coalesce(sum(n.amount), 0)::text, max(n.booked_on) filter (where n.kind = 'interest'))
     from ledger_entry n where n.invoice_id = c.invoice_id and n.part = 'interest' and n.payment_id is null
       and n.kind in ('interest', 'reversal') and n.source not like 'plan%') as interest_charged,
  (select {DRAW.sql} from claim q where q.case_id = c.id and q.state = 'sent'
     and q.due_on > :lately and (select true from ledger_entry y where y.invoice_id = c.invoice_id
       and y.kind = 'payment' and y.booked_on >= q.due_on limit 1) is null order by q.due_on limit 1) as draw,
  (select json_build_array(m.id, m.asked_at) from mandate m where m.debtor_id = c.debtor_id and m.creditor_id = c.creditor_id
     and m.state = 'pending' and m.payer_account is null and m.asked_at is not null and m.reference = c.reference
     and not exists (select from mandate a
       where a.debtor_id = m.debtor_id and a.creditor_id = m.creditor_id and a.state = 'active')
     and not exists (select from dunning_case o join invoice r on r.id = o.invoice_id where o.debtor_id = c.debtor_id
       and o.state = 'open' and o.id < c.id and r.reference = c.reference) limit 1) as pending_mandate,
  (select json_build_array(q.id, q.ended_at) from claim q where q.case_id = c.id and q.state = 'returned'
     order by q.ended_at desc, q.id desc limit 1) as returned_claim,
  (select json_build_array(q.id, q.ended_at) from claim q where q.case_id = c.id and q.state = 'failed'
     and (q.plan_id is not null or q.due_on >= c.due_date) and q.ended_at >= q.due_on
     order by q.id desc limit 1) as failed_claim,
  (select case when a.state in ('failed', 'abandoned') and not exists (select from ledger_entry where invoice_id = c.invoice_id
       and kind = 'payment' and happened_at > a.happened_at) then json_build_array(a.id, a.ended_at) end
     from payment_attempt a where a.case_id = c.id order by a.happened_at desc limit 1) as abandoned_payment,
  (select json_build_array(e.id, e.happened_at) from case_event e where e.case_id = c.id and e.kind = 'payment_link_asked'
     order by e.id desc limit 1) as link_asked,
  (select case when sum(m.amount) < 0 then json_build_array((-sum(m.amount))::text,
       max(m.happened_at) filter (where m.kind = 'payment'), max(m.booked_on) filter (where m.kind = 'payment'),
       exists (select from hold h where h.case_id = c.id and h.reason_code = 'says paid' and {OF_DEBTOR})
       or exists (select from incoming_payment p where p.invoice_id = c.invoice_id and p.debtor_said),
       (select json_agg(json_build_array(y.day, y.amount::text) order by y.id) from (
          select min(t.id) as id, min(t.booked_on) as day, -sum(t.amount) as amount from ledger_entry t
          where t.invoice_id = c.invoice_id and t.payment_id is not null and t.source <> 'credit use'
          group by t.payment_id) y)) end
     from ledger_entry m where m.invoice_id = c.invoice_id and m.payment_id is not null) as paid,
  (select case when k.credit > 0 then greatest(0, k.credit - coalesce(({OLDER}), 0)) else 0 end
     from ({CREDIT}) k) as credit,
  (select json_build_array(max(u.id), u.happened_at, sum(u.amount)::text, json_agg(distinct n.number))
     from credit_use u cross join lateral (select number from invoice where id = u.from_invoice_id offset 0) n
     where u.to_invoice_id = c.invoice_id and u.undoes is null
       and (select true from credit_use v where v.undoes = u.id limit 1) is null
     group by u.happened_at order by u.happened_at desc limit 1) as credit_used,
  cr.collection_partner is not null as partner_known,
  case when c.hand_off = 'accepted' then (
    select min(a.answered_at) from hand_off h join dunning_case o on o.debtor_id = c.debtor_id join hand_off a on a.case_id = o.id
    where h.case_id = c.id and h.state = 'accepted' and a.file = h.file and a.state = 'accepted'
      and (select true from dunning_case w join hand_off x on x.case_id = w.id
        where w.debtor_id = c.debtor_id and x.file = h.file and x.state = 'exported' limit 1)) end as answers_since,
  (select json_build_array(x.id, x.resolved_at) from dispute x where x.case_id = c.id and not x.upheld
     order by x.resolved_at desc limit 1) as rejected_dispute,
  (select json_build_array(a.id || '-' || a.channel, a.happened_at) from answer a where a.case_id = c.id
     order by a.id desc limit 1) as answer,
  (select json_build_array(r.id, r.happened_at) from statement_request r where r.case_id = c.id order by r.id desc limit 1)
     as statement_asked,
  (select json_build_array(e.id, e.happened_at) from case_event e where e.case_id = c.id and e.kind = 'address_confirmed'
     and (select true from contact_point g where g.debtor_id = c.debtor_id and g.state = 'given'
       and g.confirmed_at = e.happened_at limit 1) order by e.id desc limit 1) as address_given,
  (select json_build_array(t.announcement_id, t.told_at, n.until) from announced t join announcement n on n.id = t.announcement_id
     where t.case_id = c.id and t.told_at is not null and t.left_out is null and n.stopped_at is null
       and (select true from contact_point w where w.debtor_id = c.written_to and w.state = 'opted out' limit 1) is null
     order by t.told_at desc, t.announcement_id desc limit 1) as announced,
  (select json_build_array(h.id, h.until) from hold h where h.case_id = c.id and h.reason_code = 'says paid'
     and {OF_DEBTOR} and h.until is not null and h.released_at is null and not exists (select from ledger_entry
       where invoice_id = c.invoice_id and kind = 'payment' and happened_at >= h.happened_at)
     order by h.id desc limit 1) as unfound_payment,
  (select json_build_array(e.id, e.happened_at, e.kind = 'reopened') from case_event e where e.case_id = c.id
     and (e.kind = 'reopened' or e.kind = 'due_date_moved' and e.by <> 'purr') order by e.id desc limit 1) as due_moved,
  (select true from service_block b where b.case_id = c.id and b.unblocked_at is null limit 1) is not null as blocked,
  (select true from service_termination s where s.case_id = c.id) is not null as terminated,
  (select max(b.unblocked_at) from service_block b where b.case_id = c.id) as freed_at,
  (select json_agg(s.step) from skip s where s.case_id = c.id and s.round = c.round and s.undone_at is null) as skipped,
  (select json_agg(s.step) from send_request s where s.case_id = c.id and s.round = c.round and s.undone_at is null) as send_now,
  (select json_agg(json_build_array(t.kind, t.step, t.done_at is not null)) from task t
     where t.case_id = c.id and t.round = c.round and (t.kind <> 'approval' or t.done_at is null)) as tasks,
  (select t.happened_at from task t where t.case_id = c.id and t.round = c.round and t.kind = 'approval' and t.done_at is null
     order by t.id desc limit 1) as approval_asked_at,
  (select json_build_array(case when a.approved then 'approved' else 'rejected' end, a.step) from approval a
     where a.case_id = c.id and a.round = c.round
       and a.happened_at > coalesce((select max(answered_at) from hand_off where case_id = c.id), '-infinity')
     order by a.id desc limit 1) as approval,
  (select json_agg(json_build_array(x.since, x.until)) from (
     select h.happened_at as since, coalesce(t.at, least(h.released_at, h.until)) as until
     from hold h left join release_turn t on t.release_id = h.release_id and t.case_id = h.case_id where h.case_id = c.id
     union all
     select s.happened_at, s.lifted_at from stop_switch s where (s.creditor_id is null or s.creditor_id = c.creditor_id)
       and (s.scope <> 'creditor' or s.key = c.creditor_id) and (s.scope <> 'policy' or s.key = c.policy_name)) x
     where x.until is not null) as stood_still,
  (select json_agg({ALREADY_SENT.sql} order by s.sent_on, s.id)
     from already_sent s where s.invoice_id = c.invoice_id) as already_sent,
  (select json_build_array(json_agg(r.at order by r.at), json_agg(r.at order by r.at) filter (where r.optional)) from (
     select dl.at, dl.optional from {of_one_recipient("c.written_to", "c.creditor_id")} w cross join lateral (
       select claimed_at as at, optional from delivery
       where debtor_id = w.id and not alert and state in ('claimed', 'accepted')
       order by claimed_at desc limit :remembered) dl
     union all select y.happened_at, t.optional from {of_one_recipient("c.written_to", "c.creditor_id")} w
       join dunning_case o on o.debtor_id = w.id join task t on t.case_id = o.id and t.kind = 'call'
       join call_try y on y.task_id = t.id) r) as recent_contacts,
  (select json_agg({COMPANION.sql}) from (
     select distinct o.next_message as message, coalesce(o.next_message_channel, o.next_channel) as channel,
       coalesce(o.next_own_at, o.next_at) as at, r.currency
     from dunning_case o join invoice r on r.id = o.invoice_id where o.debtor_id = c.debtor_id and o.id <> c.id
       and o.state = 'open' and o.next_message is not null) o) as companions,
  (select json_agg(json_build_array(o.message, o.at)) from (select dl.message, max(dl.claimed_at) as at from delivery dl
     where dl.debtor_id = c.debtor_id and dl.claimed_at > :lately and dl.state in ('claimed', 'accepted') and not dl.optional
       and not exists (select from delivery_case s where s.delivery_id = dl.id and s.case_id = c.id)
     group by dl.message) o) as told_of_others
from circumstances c join creditor cr on cr.id = c.creditor_id left join creditor_clock k on k.creditor_id = c.creditor_id
left join instalment_plan p on p.case_id = c.id and p.state = 'active'
where c.id = any(:cases)
order by c.id
""")


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case with its facts and what the act needs besides them."""

    id: int
    creditor_id: str
    debtor_id: int
    invoice_id: int
    number: str
    policy_hash: str
    policy_name: str
    language: str
    country: str
    place: str
    """The last line of the debtor's address, with the postcode; empty where none is known."""
    segment: str | None
    customer_number: str | None
    open_tracking: bool
    state: str
    outcome: str | None
    facts: CaseFacts
    ahead: timedelta | None
    """How far its creditor's clock is ahead of its workflow's; None where the creditor is live."""


@dataclass(frozen=True, slots=True)
class Located:
    """A case, found by its creditor and its invoice's number, and how far that creditor's clock is ahead, as in `OpenCase`."""

    id: int
    ahead: timedelta | None

    def moment(self, at: datetime) -> datetime:
        """What time it is for its creditor when it is `at` in its workflow."""
        return moment_for(self.ahead, at)


def moment_for(ahead: timedelta | None, at: datetime) -> datetime:
    """What time it is for a creditor whose clock is so far ahead when it is `at` in a workflow."""
    return at + (ahead or timedelta(0))


def workflow_id(creditor: str, number: str) -> str:
    """The id of the workflow that runs an invoice's case."""
    return f"dunning/{creditor}/{number}"


async def case_of(connection: AsyncConnection, creditor: str, number: str) -> Located | None:
    """The case of a creditor's invoice, if there is one."""
    row = (await connection.execute(FIND, {"creditor": creditor, "number": number})).one_or_none()
    return Located(*row) if row else None


async def local_day(connection: AsyncConnection, case: int, at: datetime) -> date:
    """The day it is for a case's debtor."""
    return moment_in((await connection.execute(COUNTRY, {"case": case})).scalar_one(), at).day


async def load_cases(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> list[OpenCase]:
    """The facts of `cases` at `now` (UTC), in the order of their ids."""
    rows = (
        await connection.execute(
            LOAD,
            {
                "cases": list(cases),
                "remembered": REMEMBERED_CONTACTS,
                "lately": now - LATELY,
            },
        )
    ).all()
    return [_open_case(row) for row in rows]


async def load_case(connection: AsyncConnection, case: int, now: datetime) -> OpenCase:
    """The facts of one case at `now` (UTC)."""
    (found,) = await load_cases(connection, [case], now)
    return found


def _open_case(row: Any) -> OpenCase:
    return OpenCase(
        id=row.id,
        creditor_id=row.creditor_id,
        debtor_id=row.debtor_id,
        invoice_id=row.invoice_id,
        number=row.number,
        policy_hash=row.policy_hash,
        policy_name=row.policy_name,
        language=row.language,
        country=row.country,
        place=row.place,
        segment=row.segment,
        customer_number=row.customer_number,
        open_tracking=row.open_tracking,
        state=row.state,
        outcome=row.outcome,
        facts=_facts(row),
        ahead=row.ahead,
    )


def _facts(row: Any) -> CaseFacts:
    """The facts of a row; of one that says what nobody knows (a state, a channel) only that, and what is owed."""
    try:
        return _known_facts(row)
    except ValueError as unknown:
        return CaseFacts(
            case=workflow_id(row.creditor_id, row.number),
            spread_seed=0,
            round=row.round,
            issue_date=row.issue_date,
            due_date=row.due_date,
            currency=row.currency,
            balance=row.balance,
            principal=row.principal,
            news_seq=row.news_seq,
            contradiction=not_known(unknown),
        )


def _known_facts(row: Any) -> CaseFacts:
    fees = row.fees or ()
    interest_charged, interest_through = row.interest_charged
    contacts, optional_contacts = row.recent_contacts
    return CaseFacts(
        **circumstances_in(row),
        case=workflow_id(row.creditor_id, row.number),
        spread_seed=zlib.crc32(f"{row.creditor_id}/{row.debtor_id}".encode()),  # what is due together leaves together
        round=row.round,
        due_date=row.due_date,
        first_due=row.original_due_date,
        currency=row.currency,
        principal=row.principal,
        interest=row.interest,
        allocation=order_of(row.allocation_rules, row.allocation),
        debtor_kind=row.debtor_kind,
        charged=sum((Decimal(amount) for *_, amount in fees), ZERO),
        compensation=sum((Decimal(amount) for kind, *_, amount in fees if kind == "compensation"), ZERO),
        interest_charged=Decimal(interest_charged),
        interest_through=date.fromisoformat(interest_through) if interest_through else None,
        principal_changes=tuple((date.fromisoformat(day), Decimal(amount)) for day, amount in row.booked[0] or ()),
        credited=row.credited,
        news_seq=row.news_seq,
        bank_data_through=row.bank_data_through,
        contacts=tuple(
            Contact(
                Channel(channel), valid, _moment(wrote), of_representative, role, network_of(number) if number else ""
            )
            for channel, valid, wrote, of_representative, role, number in row.contacts or ()
        ),
        sms_senders=SmsSenders({country: OwnSender(**own) for country, own in row.sms_senders.items()}),
        deliveries=tuple(map(DELIVERY.read, row.deliveries or ())),
        skipped=frozenset(row.skipped or ()),
        send_now=frozenset(row.send_now or ()),
        tasks=frozenset((kind, step) for kind, step, _ in row.tasks or ()),
        tasks_done=frozenset((kind, step) for kind, step, done in row.tasks or () if done),
        claim_due=row.claim_due,
        drawn_elsewhere=row.claimed_elsewhere is not None,
        draw=DRAW.read(row.draw) if row.draw else None,
        pending_mandate=_happening(row.pending_mandate),
        returned_claim=_happening(row.returned_claim),
        drawable=row.drawable,
        failed_claim=_happening(row.failed_claim),
        abandoned_payment=_happening(row.abandoned_payment),
        link_asked=_happening(row.link_asked),
        paid=_paid(*row.paid) if row.paid else None,
        credit=Decimal(row.credit),
        credit_used=_credit_used(*row.credit_used) if row.credit_used else None,
        partner_known=row.partner_known,
        answers_since=row.answers_since,
        rejected_dispute=_happening(row.rejected_dispute),
        answer=_happening(row.answer),
        statement_asked=_happening(row.statement_asked),
        address_given=_happening(row.address_given),
        announced=_announced(*row.announced) if row.announced else None,
        unfound_payment=_happening(row.unfound_payment),
        due_moved=_due_moved(*row.due_moved) if row.due_moved else None,
        blocked=row.blocked,
        freed_at=row.freed_at,
        approval_asked_at=row.approval_asked_at,
        terminated=row.terminated,
        approval=row.approval[0] if row.approval else None,
        approval_of=row.approval[1] if row.approval else None,
        stood_still=tuple(
            (datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in row.stood_still or ()
        ),
        recent_contacts=tuple(map(datetime.fromisoformat, contacts or ())),
        optional_contacts=tuple(map(datetime.fromisoformat, optional_contacts or ())),
        companions=tuple(map(COMPANION.read, row.companions or ())),
        told_of_others=tuple((message, datetime.fromisoformat(at)) for message, at in row.told_of_others or ()),
        earlier_fees=tuple(
            EarlierFee(
                date.fromisoformat(charged), date.fromisoformat(deadline) if deadline else None, fee_of(message or "")
            )
            for kind, charged, deadline, before, message, _ in fees
            if kind == "fee" and not before
        ),
        already_sent=tuple(map(ALREADY_SENT.read, row.already_sent or ())),
    )


def _happening(fields: Any) -> PastEvent | None:
    return PastEvent(str(fields[0]), datetime.fromisoformat(fields[1])) if fields else None


def _announced(id: int, at: str, until: str) -> Announced:
    return Announced(str(id), datetime.fromisoformat(at), date.fromisoformat(until))


def _paid(amount: str, at: str, dated: str, announced: bool, moved: Sequence[tuple[str, str]] | None) -> Paid:
    days = tuple(sorted(set(_days_paid(moved or ()))))
    return Paid(Decimal(amount), datetime.fromisoformat(at), date.fromisoformat(dated), announced, days)


def _days_paid(moved: Sequence[tuple[str, str]]) -> Iterator[date]:
    """The value dates of the payments that stand: what was taken back is none that was as much, whichever of them it was."""
    stand: list[tuple[str, Decimal]] = []
    for day, written in moved:
        amount = Decimal(written)
        stand = [*stand, (day, amount)] if amount > 0 else [each for each in stand if each[1] != -amount]
    return (date.fromisoformat(day) for day, _ in stand)


def _credit_used(number: int, at: str, amount: str, of: list[str]) -> CreditUsed:
    return CreditUsed(str(number), datetime.fromisoformat(at), Decimal(amount), tuple(of))


def _due_moved(number: int, at: str, payment_returned: bool) -> DueMoved:
    return DueMoved(str(number), datetime.fromisoformat(at), payment_returned)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
