"""Money that comes in: each transaction once, booked on the invoices it is for, or waiting for a person; never a guess.

A plain payment (its reference names one open invoice and its amount fits) is booked in one statement, many at a
time. Every other one is matched by itself, in a transaction of its own.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.allocation import Owed
from domain.money.matching.ranking import LIKELY, PAUSES, Ranked
from domain.money.matching.reading import Clue
from domain.money.matching.verdict import Match, Review
from facts.clock import clock_of
from facts.database import to_json
from facts.direct_debit import outcomes
from facts.money import candidates, credit, held, ledger, postings
from facts.money.after_money import after_money
from facts.money.ledger import LockedInvoice
from facts.money.postings import INSERT, Arrived, Moved
from facts.outbox import QUEUE_NEWS, tell
from facts.refusals import UnknownCreditor
from facts.webhooks.outgoing import Event, emit_many

ARRIVING = """
insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, reference, number, account,
    debit_account, payer_name, text, drawn, state, invoice_id, happened_at)
"""
# A waiting payment as its source told it: the fields of `Payment`, in their order.
TOLD = """creditor_id, source, source_id, amount, currency, booked_on, reference, number, account, debit_account, payer_name,
  text, drawn"""
# What may be said of a payment at once: it is known; or exactly one invoice of the creditor has its reference or
# number, open, in its currency, for exactly what is left of it or of its principal, and nothing about it needs a
# second look: no draw for another, no hand-off, plan or block to end, no fee or interest charged since the money came,
# no reversal that waits for it. These are booked at once, with what they teach about payers and their news: in one
# statement, which locks their cases and leaves out those that somebody else has locked, or changed before: no payment
# waits for another's case. Each look-up is a lateral one, so that also on tables that nobody has counted yet no plan
# joins all payments with all cases. The last join is a full one for the same reason: it adds no row, and is no loop.
BOOK_PLAIN = text(f"""
with given as materialized (
  select g.*, (select true from incoming_payment p
    where p.creditor_id = g.creditor and p.source = g.source and p.source_id = g.source_id limit 1) is not null as known
  from rows from (jsonb_to_recordset(cast(:payments as jsonb)) as (
      creditor text, source text, source_id text, amount numeric, currency text, booked_on date, reference text, number text,
      account text, debit_account text, payer_name text, text text, drawn bool)) with ordinality
    as g(creditor, source, source_id, amount, currency, booked_on, reference, number, account, debit_account, payer, text,
      drawn, n)),
plain as materialized (  -- of several for one invoice only the first
  select distinct on (c.id) g.*, c.id as case_id, c.invoice_id, c.balance, c.principal, i.number as invoice
  from given g
  cross join lateral (
    select min(id) as invoice_id from (
      select id from invoice where creditor_id = g.creditor and number = g.number
      union all
      select id from invoice where g.number is null and creditor_id = g.creditor and reference = g.reference) i
    having count(*) = 1) named
  cross join lateral (select number, currency from invoice where id = named.invoice_id offset 0) i
  cross join lateral (select * from dunning_case where invoice_id = named.invoice_id offset 0) c
  where not g.known and g.amount > 0 and c.state = 'open' and c.withdrawn_at is null and i.currency = g.currency
    and least(c.principal, c.interest, c.fee) >= 0
    and (g.amount = c.balance or (g.amount = c.principal and {ledger.PAID_FIRST} = 'principal'))
    and not exists (select from ledger_entry e where e.invoice_id = c.invoice_id
      and e.kind in ('fee', 'compensation', 'interest') and e.booked_on >= g.booked_on)
    and not exists (select from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted'))
    and not exists (select from instalment_plan p where p.case_id = c.id and p.state = 'active')
    and not exists (select from service_block b where b.case_id = c.id and b.unblocked_at is null)
    and not exists (select from review_candidate r join incoming_payment w on w.id = r.payment_id
      where r.case_id = c.id and w.state = 'review' and w.amount < 0)
    and not (g.drawn and exists (select from claim q where q.creditor_id = g.creditor and q.reference = g.reference
      and q.payment_id is null and q.case_id <> c.id))
    and not (g.drawn and exists ({outcomes.TOLD_BESIDE}))
  order by c.id, g.n),
sure as materialized (
  select p.* from plain p join dunning_case c on c.id = p.case_id
  where c.state = 'open' and c.balance = p.balance and c.principal = p.principal order by c.id
  for update of c skip locked),
arrived as (
  {ARRIVING}
  select creditor, source, source_id, amount, currency, booked_on, reference, number, account, debit_account, payer, text,
    drawn, 'booked',
    invoice_id, coalesce(cast(:now as timestamptz), {clock_of("creditor")})
  from sure on conflict do nothing returning *),
booked as (
  {INSERT}
  select a.creditor_id, a.invoice_id, 'payment', e.part, -e.amount, a.currency, a.booked_on, a.source,
    a.source_id || case when e.nth > 1 then '#' || (e.nth - 1) else '' end, null, a.id, a.happened_at
  from arrived a join dunning_case c on c.invoice_id = a.invoice_id
  cross join lateral (
    select part, amount, row_number() over (order by place) as nth
    from (values (1, 'principal', c.principal), (2, 'interest', c.interest), (3, 'fee', c.fee)) as v(place, part, amount)
    where amount > 0 and (part = 'principal' or a.amount = c.balance)) e),
learned as (
  insert into payer_account (creditor_id, account, debtor_id, happened_at)
  select distinct on (a.creditor_id, a.debit_account, c.debtor_id) a.creditor_id, a.debit_account, c.debtor_id, a.happened_at
  from arrived a join dunning_case c on c.invoice_id = a.invoice_id where a.debit_account is not null
  on conflict do nothing),
news as (
  update dunning_case c set news_seq = c.news_seq + 1 from arrived a where c.invoice_id = a.invoice_id
  returning c.id as case_id, 'payment_received' as signal, c.news_seq as seq, a.happened_at),
queued as ({QUEUE_NEWS})
select g.known, s.n is not null as sure, a.id as payment_id, a.happened_at, s.invoice, s.invoice_id,
  s.balance - g.amount as left,
  exists (select from webhook_endpoint w where w.creditor_id = g.creditor and w.disabled_at is null) as listened_to,
  (select pg_notify('outbox', '') from queued limit 1)
from given g join creditor cr on cr.id = g.creditor left join sure s on s.n = g.n
full join arrived a on a.invoice_id = s.invoice_id
order by g.n
""")
# Its lock is that of `waiting_money.LOCK`: money and its invoice that come at the same moment do not miss each other.
ARRIVE_ALONE = text(f"""
{ARRIVING}
values (:creditor, :source, :source_id, :amount, :currency, :booked_on, :reference, :number, :account, :debit_account,
    :payer_name, :text, :drawn, 'review', null, coalesce(cast(:now as timestamptz), {clock_of("cast(:creditor as varchar)")}))
on conflict do nothing
returning id, happened_at, pg_advisory_xact_lock(hashtext(creditor_id), hashtext(trim_scale(amount)::text))
""")
MATCHED = text("""
update incoming_payment set state = 'booked', invoice_id = :invoice, matched_by = :why, debtor_said = :said,
  unmatched = null, decided_by = :by
where id = :id
""")
SHARED = text("""
insert into payment_share (payment_id, invoice_id, amount)
select :id, s.invoice_id, s.amount from unnest(cast(:invoices as int[]), cast(:amounts as numeric[])) as s(invoice_id, amount)
""")
# Every invoice that a booked payment is for, with its share.
FOR_INVOICES = """(
  select id as payment_id, invoice_id, amount from incoming_payment where invoice_id is not null
  union all select payment_id, invoice_id, amount from payment_share)"""
IN_REVIEW = text("""
with reviewed as (update incoming_payment set unmatched = :why where id = :id)
insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)
select :id, r.case_id, r.rank, r.score, cast(r.reasons as jsonb), :now
from unnest(cast(:cases as int[]), cast(:scores as int[]), cast(:reasons as text[])) with ordinality
  as r(case_id, score, reasons, rank)
""")


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as its source tells it. `source_id` is that source's own id; a negative amount is a reversal."""

    creditor: str
    source: str
    source_id: str
    amount: Decimal
    currency: str
    booked_on: date
    reference: str | None = None
    number: str | None = None  # the invoice's number, where the source knows it
    account: str | None = None
    debit_account: str | None = None
    payer_name: str | None = None
    text: str | None = None
    drawn: bool = False  # by the bank, under the debtor's mandate
    on_page: bool = False  # paid at a provider, for what the invoice page asked for
    split: Owed | None = None  # paid to the collection partner, which says what of it is for which part
    takes_back: int | None = None  # the payment to the collection partner that is gone again, as it tells
    partner_has_it: bool = False  # and asks for it again by itself

    @property
    def clue(self) -> Clue:
        """What it tells of the invoices that it is for."""
        return Clue(
            amount=self.amount,
            currency=self.currency,
            reference=self.reference,
            text=self.text,
            payer_name=self.payer_name,
            payer_account=self.debit_account,
            number=self.number,
        )


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a payment: booked on an invoice, unmatched with the reason, or known from before.

    Of several invoices the first is named. `balance` is what is left of it. `number` names an unmatched one.
    """

    status: str  # booked | unmatched | known
    invoice_id: int | None = None
    why: str | None = None
    balance: Decimal | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentShare:
    """The part of a payment that is for one invoice; negative takes back."""

    invoice: LockedInvoice
    amount: Decimal


KNOWN = Booked("known")
TOO_MUCH_BACK = "more is taken back than was ever paid on the invoice"
# A reversal that came before its payment.
REVERSALS = text("""
select p.id, p.creditor_id, p.source, p.source_id, p.amount, p.currency, p.booked_on, r.case_id
from review_candidate r join incoming_payment p on p.id = r.payment_id
where r.case_id = any(:cases) and p.state = 'review' and p.amount < 0 and p.unmatched = :why order by p.id for update of p
""")
AT_PARTNER = text("""
select id, amount, currency from incoming_payment
where creditor_id = :creditor and source = :source and source_id = :source_id
""")
LEARN = text("""
insert into payer_account (creditor_id, account, debtor_id, happened_at) values (:creditor, :account, :debtor, :now)
on conflict do nothing
""")


async def book(connection: AsyncConnection, payment: Payment, now: datetime | None = None) -> Booked:
    """Book one payment, at the doors' clock unless the caller has one of its own. Raises UnknownCreditor.

    The same transaction books once; what no invoice explains waits for a person, with the reason.
    """
    (booked,) = await book_plain(connection, [payment], now)
    return booked or await _match_and_book(connection, payment, now)


async def book_plain(
    connection: AsyncConnection, payments: Sequence[Payment], now: datetime | None = None
) -> list[Booked | None]:
    """Book those of many payments that are plain; None for each that needs `book`, in a transaction of its own.

    Raises UnknownCreditor, with nothing booked.
    """
    rows = (await connection.execute(BOOK_PLAIN, {"payments": to_json(payments), "now": now})).all()
    if len(rows) < len(payments):
        raise UnknownCreditor(f"no creditor {', '.join(sorted({p.creditor for p in payments}))}: register it first")
    results: list[Booked | None] = []
    events: list[Event] = []
    for row, payment in zip(rows, payments, strict=True):
        if row.known or (row.sure and row.payment_id is None):
            results.append(KNOWN)  # known from before, or told by two at the same moment
        elif row.sure:
            results.append(Booked("booked", row.invoice_id, balance=row.left))
            if row.listened_to:
                events.append(_told(row.invoice, payment, payment.amount))
        else:
            results.append(None)
    drawn = [row.payment_id for row, payment in zip(rows, payments, strict=True) if row.payment_id and payment.drawn]
    if drawn:
        await outcomes.note_money(connection, drawn)
    if events:
        await emit_many(connection, events, next(row.happened_at for row in rows if row.happened_at))
    return results


# --- a payment that is not plain -------------------------------------------------------------------------------


async def _match_and_book(connection: AsyncConnection, payment: Payment, now: datetime | None) -> Booked:
    """Look for the invoices that one payment is for: book it there, or put it before a person."""
    if payment.drawn and await _is_told_beside(connection, payment):
        return KNOWN
    arrived = (await connection.execute(ARRIVE_ALONE, asdict(payment) | {"now": now})).one_or_none()
    if arrived is None:
        return KNOWN
    if payment.drawn and (drawn := await _lock_drawn(connection, payment)):
        why = "the bank drew it for this invoice's claim"
        shares = [PaymentShare(drawn, payment.amount)]
        (left,) = await book_shares(connection, arrived.id, payment, shares, arrived.happened_at, why=why, by=None)
        return Booked("booked", drawn.invoice_id, balance=left)
    verdict, shares = await judge(connection, payment)
    if isinstance(verdict, Review):
        await _put_in_review(connection, arrived.id, payment, verdict, arrived.happened_at)
        return Booked("unmatched", why=verdict.why, number=arrived.id)
    owed = await book_shares(connection, arrived.id, payment, shares, arrived.happened_at, why=verdict.why, by=None)
    return Booked("booked", shares[0].invoice.invoice_id, balance=owed[0])


async def _is_told_beside(connection: AsyncConnection, payment: Payment) -> bool:
    return await outcomes.is_told_beside(
        connection,
        payment.creditor,
        payment.reference,
        payment.amount,
        payment.currency,
        payment.booked_on,
        payment.source_id,
    )


async def _lock_drawn(connection: AsyncConnection, payment: Payment) -> LockedInvoice | None:
    """The invoice, locked, whose claim brought this money: others may have the same reference."""
    locked: LockedInvoice | None = None
    while case := await outcomes.drawn_for(
        connection, payment.creditor, payment.reference, payment.amount, payment.currency, payment.booked_on
    ):
        if locked is not None and locked.case_id == case:
            return locked
        (locked,) = await ledger.lock(connection, [case])  # and asked again: money may have come meanwhile
    return None


async def book_at_partner(
    connection: AsyncConnection, payment: Payment, case: int, now: datetime
) -> LockedInvoice | None:
    """Book on a case what its debtor paid to the collection partner; gives the invoice as it was, None where it is known."""
    arrived = (await connection.execute(ARRIVE_ALONE, asdict(payment) | {"now": now})).one_or_none()
    if arrived is None:
        return None
    (invoice,) = await ledger.lock(connection, [case])
    shares = [PaymentShare(invoice, payment.amount)]
    await book_shares(connection, arrived.id, payment, shares, now, why="paid to the collection partner", by=None)
    return invoice


async def reverse_at_partner(
    connection: AsyncConnection, payment: Payment, case: int, now: datetime, *, with_partner: bool
) -> Booked | None:
    """Take back, all of it, what was booked on a case as paid to the collection partner: it is gone again there.

    `payment` names it by its source's id, and the day it went. Where more is gone than was left of it here, a person
    looks. None where no such payment is booked.
    """
    values = {"creditor": payment.creditor, "source": payment.source, "source_id": payment.source_id}
    paid = (await connection.execute(AT_PARTNER, values)).one_or_none()
    if paid is None:
        return None
    (invoice,) = await ledger.lock(connection, [case])
    gone = replace(
        payment,
        source_id=f"reversal of {payment.source_id}",
        amount=-paid.amount,
        currency=paid.currency,
        takes_back=paid.id,
        partner_has_it=with_partner,
    )
    arrived = (await connection.execute(ARRIVE_ALONE, asdict(gone) | {"now": now})).one()
    if paid.amount > await _most_reversible(connection, invoice):
        await _put_in_review(connection, arrived.id, gone, Review(TOO_MUCH_BACK, ()), now)
        return Booked("unmatched", why=TOO_MUCH_BACK, number=arrived.id)
    shares = [PaymentShare(invoice, gone.amount)]
    (left,) = await book_shares(connection, arrived.id, gone, shares, now, why="taken back at the partner", by=None)
    return Booked("booked", invoice.invoice_id, balance=left)


async def judge(connection: AsyncConnection, payment: Payment) -> tuple[Match | Review, list[PaymentShare]]:
    """The verdict on a payment, and its invoices, locked. Judged again where they changed before the lock."""
    locked: dict[int, LockedInvoice] = {}
    while True:
        (verdict,) = await candidates.match_all(connection, payment.creditor, [payment.clue])
        if isinstance(verdict, Review):
            return verdict, []
        wanted = {share.candidate.case_id: share for share in verdict.shares}
        lent = await credit.lent(connection, [case for case, share in wanted.items() if share.amount < 0])
        touched = wanted.keys() | {use.to_case for use in lent}
        if touched <= locked.keys():
            break
        locked = {invoice.case_id: invoice for invoice in await ledger.lock(connection, touched)}
        if not lent and all(locked[case].owed.total == share.candidate.balance for case, share in wanted.items()):
            break
    for case, share in wanted.items():
        if share.amount < 0 and -share.amount > await _most_reversible(connection, locked[case]):
            return Review(TOO_MUCH_BACK, (Ranked(share.candidate, (verdict.why,), LIKELY),)), []
    return verdict, [PaymentShare(locked[case], share.amount) for case, share in wanted.items()]


async def book_shares(
    connection: AsyncConnection,
    payment_id: int,
    payment: Payment,
    shares: Sequence[PaymentShare],
    now: datetime,
    *,
    why: str,
    by: str | None,
    said: bool = False,
) -> list[Decimal]:
    """Book a payment that has arrived on its locked invoices, with the words why; gives what is left of each.

    `said`: the debtor's own word that it is paid decided whose it is.
    """
    invoices, amounts = [share.invoice.invoice_id for share in shares], [share.amount for share in shares]
    values = {"id": payment_id, "invoice": invoices[0] if len(invoices) == 1 else None, "why": why, "by": by}
    await connection.execute(MATCHED, values | {"said": said})
    await held.is_booked(connection, payment_id, now)
    if len(invoices) > 1:
        await connection.execute(SHARED, {"id": payment_id, "invoices": invoices, "amounts": amounts})
    keys = postings.keys(payment.source, payment.source_id, 0)
    arrived = Arrived(
        payment_id,
        payment.booked_on,
        keys,
        payment.on_page,
        payment.split,
        payment.takes_back,
        payment.partner_has_it,
    )
    shares, home = await _take_credit_home(connection, shares, now)
    moves = [
        await postings.pay(connection, share.invoice, share.amount, arrived, now)
        if share.amount > 0
        else await postings.reverse(connection, share.invoice, -share.amount, arrived, now)
        for share in shares
    ]
    if payment.drawn:
        await outcomes.note_money(connection, [payment_id])
    moves = (await after_money(connection, [*moves, *home], now))[: len(shares)]
    told = {*(share.invoice.case_id for share in shares), *(move.after.case_id for move in home)}
    await tell(connection, sorted(told), "payment_received", now)
    debtors = {share.invoice.debtor_id for share in shares}
    if payment.debit_account and payment.amount > 0 and len(debtors) == 1:
        learned = {"creditor": payment.creditor, "account": payment.debit_account, "debtor": debtors.pop(), "now": now}
        await connection.execute(LEARN, learned)
    events = [_told(share.invoice.number, payment, share.amount) for share in shares]
    await emit_many(connection, events, now)
    if payment.amount > 0:
        taken_back = await _book_reversals(connection, [share.invoice.case_id for share in shares], now)
        return [taken_back.get(move.after.case_id, move.balance) for move in moves]
    return [move.balance for move in moves]


async def _most_reversible(connection: AsyncConnection, invoice: LockedInvoice) -> Decimal:
    """The most that can be taken back: what pays other invoices by now comes back first."""
    lent = await credit.lent(connection, [invoice.case_id])
    return await postings.most_reversible(connection, invoice) + await credit.returnable(connection, lent)


async def _take_credit_home(
    connection: AsyncConnection, shares: Sequence[PaymentShare], now: datetime
) -> tuple[Sequence[PaymentShare], list[Moved]]:
    """What is taken back of invoices whose credit pays others comes back from those first, as if it had never been used.

    Gives the shares with their invoices as they are then, and what it did to the others.
    """
    moves: list[Moved] = []
    for share in shares:
        uses = await credit.lent(connection, [share.invoice.case_id]) if share.amount < 0 else []
        if uses:
            moves += await credit.undo(connection, uses, -share.amount, credit.BY_POLICY, "payment reversed", now)
    if not moves:
        return shares, []
    cases = [share.invoice.case_id for share in shares]
    locked = {invoice.case_id: invoice for invoice in await ledger.lock(connection, cases)}
    fresh = [PaymentShare(locked[share.invoice.case_id], share.amount) for share in shares]
    return fresh, [move for move in moves if move.after.case_id not in locked]


async def _book_reversals(connection: AsyncConnection, cases: Sequence[int], now: datetime) -> dict[int, Decimal]:
    """Book the reversals that came before the payment they take back; gives what is left of their cases then."""
    left = {}
    for row in (await connection.execute(REVERSALS, {"cases": list(cases), "why": TOO_MUCH_BACK})).all():
        (invoice,) = await ledger.lock(connection, [row.case_id])
        if -row.amount <= await _most_reversible(connection, invoice):
            reversal = Payment(*row[1:7])
            why = "the payment that it takes back came after it"
            share = PaymentShare(invoice, row.amount)
            (left[row.case_id],) = await book_shares(connection, row.id, reversal, [share], now, why=why, by=None)
            await tell(connection, [row.case_id], "payment_review_ended", now)
    return left


async def _put_in_review(
    connection: AsyncConnection, payment_id: int, payment: Payment, review: Review, now: datetime
) -> None:
    """Keep the candidates with their reasons; every case that it may be for hears of it, and pauses."""
    ranked = review.ranked
    values = {
        "id": payment_id,
        "why": review.why,
        "cases": [each.candidate.case_id for each in ranked],
        "scores": [each.score for each in ranked],
        "reasons": [to_json(each.reasons) for each in ranked],
        "now": now,
    }
    await connection.execute(IN_REVIEW, values)
    await held.waits(connection, payment_id, now)
    may_be_paid = [each.candidate.case_id for each in ranked if each.score >= PAUSES]
    await tell(connection, may_be_paid, "payment_in_review", now)
    data = {
        "payment": payment.source_id,
        "number": payment_id,
        "amount": str(payment.amount),
        "currency": payment.currency,
        "booked_on": payment.booked_on.isoformat(),
        "why": review.why,
    }
    await emit_many(connection, [Event(payment.creditor, "payment.review", data)], now)


def _told(invoice: str, payment: Payment, amount: Decimal) -> Event:
    """What the creditor's system hears of a booked payment."""
    data = {
        "invoice": invoice,
        "payment": payment.source_id,
        "amount": str(abs(amount)),
        "currency": payment.currency,
        "booked_on": payment.booked_on.isoformat(),
    }
    return Event(payment.creditor, "payment.booked" if amount > 0 else "payment.reversed", data)
