"""Money that comes in: each transaction once, booked on the invoice its reference names, never by guessing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.clock import CLOCK
from facts.news import TELLING, tell

NEW_DAYS = timedelta(days=14)  # a case that is opened again gives at least this long to pay

# The cases a payment may be for, by invoice number or payment reference, locked before their ledgers are read.
NAMED_LOCKED = """
select c.id from dunning_case c
where c.invoice_id in (
  select id from invoice where creditor_id = :creditor and number = :number
  union all
  select id from invoice where cast(:number as text) is null and creditor_id = :creditor and reference = :reference)
order by c.id for update of c
"""
LOCK_NAMED = text(NAMED_LOCKED)
ARRIVE = text(f"""
with arrived as (
  insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, reference, account,
      debit_account, text, happened_at)
  values (:creditor, :source, :source_id, :amount, :currency, :booked_on, :reference, :account, :debit_account, :text,
      coalesce(cast(:now as timestamptz), {CLOCK}))
  on conflict do nothing returning id, happened_at),
locked as ({NAMED_LOCKED})
select id, happened_at, array(select id from locked) as cases from arrived
""")
NAMED = text("""
select c.id as case_id, c.invoice_id, c.debtor_id, c.state, c.outcome, i.currency, l.balance, l.principal, l.interest, l.fee,
  (select h.id from hand_off h where h.case_id = c.id and h.state in ('exported', 'accepted')
     order by h.id desc limit 1) as hand_off
from dunning_case c join invoice i on i.id = c.invoice_id
cross join lateral (
  select coalesce(sum(amount), 0) as balance,
    coalesce(sum(amount) filter (where part = 'principal'), 0) as principal,
    coalesce(sum(amount) filter (where part = 'interest'), 0) as interest,
    coalesce(sum(amount) filter (where part = 'fee'), 0) as fee
  from ledger_entry where invoice_id = c.invoice_id) l
where c.id = any(:cases)
""")
OTHERS_OPEN = text("""
select o.number, sum(l.amount) as balance from invoice o
join dunning_case c on c.invoice_id = o.id and c.state = 'open' join ledger_entry l on l.invoice_id = o.id
where o.debtor_id = :debtor and o.id <> :invoice and o.currency = :currency
group by o.id having sum(l.amount) > 0
""")
BOOK = text(f"""
with matched as (update incoming_payment set invoice_id = :invoice where id = :id),
booked as (
  insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
      happened_at)
  select :creditor, :invoice, :kind, b.part, b.amount, :currency, :booked_on, :source, b.source_id, :now
  from unnest(cast(:parts as text[]), cast(:amounts as numeric[]), cast(:source_ids as text[]))
    as b(part, amount, source_id)),
{TELLING}""")
UNMATCHED = text("update incoming_payment set unmatched = :why where id = :id")
LIST_UNMATCHED = text("""
select creditor_id, source, source_id, amount, currency, booked_on, reference, account, debit_account, text, unmatched
from incoming_payment
where unmatched is not null and invoice_id is null and (cast(:creditor as text) is null or creditor_id = :creditor)
order by booked_on, id
""")
TELL_PARTNER = text("""
insert into hand_off_message (hand_off_id, kind, amount, ordered_on, reason, happened_at)
values (:hand_off, :kind, :amount, :ordered_on, :reason, :at)
""")
REOPEN = text("""
update dunning_case set state = 'open', outcome = null, round = round + 1 where id = :case
""")
MOVE_DUE = text("""
update invoice set due_date = greatest(due_date, cast(:due as date))
where id = (select invoice_id from dunning_case where id = :case)
""")
ACCOUNT_OWNER = text("select creditor_id from bank_account where account = :account")
HAS_ACCOUNT = text("select exists (select from bank_account where creditor_id = :creditor and account = :account)")
IMPORTED = text("""
update bank_account set imported_through = greatest(imported_through, cast(:through as date)), happened_at = :at
where creditor_id = :creditor and account = :account and (imported_through is null or imported_through < :through)
returning creditor_id
""")
WAITING_FOR_BANK = text("select id from dunning_case where creditor_id = :creditor and flag = 'bank data stale'")


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
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of a payment: booked on an invoice, unmatched with the reason, or known from before."""

    status: str  # booked | unmatched | known
    invoice_id: int | None = None
    why: str | None = None
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UnmatchedPayment:
    """Money that no invoice explains, and why. The id is the payment's where it comes from."""

    creditor: str
    source: str
    id: str
    amount: Decimal
    currency: str
    booked_on: date
    reference: str | None
    account: str | None
    debit_account: str | None
    text: str | None
    why: str


async def list_unmatched(connection: AsyncConnection, creditor: str | None) -> list[UnmatchedPayment]:
    """The payments that wait unmatched, oldest first; of all creditors when None."""
    return [UnmatchedPayment(*row) for row in (await connection.execute(LIST_UNMATCHED, {"creditor": creditor})).all()]


async def book(connection: AsyncConnection, payment: Payment, now: datetime | None = None) -> Booked:
    """Book one payment, at the doors' clock unless the caller has one of its own.

    The same transaction books once; what no invoice explains waits, unmatched, with a reason.
    """
    arrived = (
        await connection.execute(
            ARRIVE,
            {
                "creditor": payment.creditor,
                "source": payment.source,
                "source_id": payment.source_id,
                "amount": payment.amount,
                "currency": payment.currency,
                "booked_on": payment.booked_on,
                "reference": payment.reference,
                "number": payment.number,
                "account": payment.account,
                "debit_account": payment.debit_account,
                "text": payment.text,
                "now": now,
            },
        )
    ).one_or_none()
    if arrived is None:
        return Booked("known")
    candidates = (await connection.execute(NAMED, {"cases": arrived.cases})).all() if arrived.cases else []
    candidates, why = await _explained(connection, payment, candidates)
    if why:
        await connection.execute(UNMATCHED, {"id": arrived.id, "why": why})
        return Booked("unmatched", why=why)
    invoice = candidates[0]
    balance = invoice.balance - payment.amount
    reopens = payment.amount < 0 and balance > 0 and invoice.state == "closed" and invoice.outcome == "paid"
    if invoice.hand_off is not None:
        await _tell_partner(connection, invoice.hand_off, payment, arrived.happened_at)
    if reopens:
        await reopen(connection, invoice.case_id, arrived.happened_at)
    parts = _allocated(payment.amount, invoice.principal, invoice.interest, invoice.fee)
    await connection.execute(
        BOOK,
        {
            "id": arrived.id,
            "creditor": payment.creditor,
            "invoice": invoice.invoice_id,
            "kind": "payment" if payment.amount > 0 else "reversal",
            "currency": payment.currency,
            "booked_on": payment.booked_on,
            "source": payment.source,
            "parts": [part for part, _ in parts],
            "amounts": [-amount for _, amount in parts],
            "source_ids": [payment.source_id, *(f"{payment.source_id}#{part}" for part, _ in parts[1:])],
            "cases": [invoice.case_id],
            "signal": "payment_received",
            "reopens": reopens,
            "now": arrived.happened_at,
        },
    )
    return Booked("booked", invoice.invoice_id, balance=balance)


async def _named(
    connection: AsyncConnection, creditor: str, *, number: str | None, reference: str | None
) -> Sequence[Any]:
    """The invoices that a number or reference names, with their cases locked."""
    cases = await connection.execute(LOCK_NAMED, {"creditor": creditor, "number": number, "reference": reference})
    found = cases.scalars().all()
    return (await connection.execute(NAMED, {"cases": found})).all() if found else []


async def _explained(
    connection: AsyncConnection, payment: Payment, candidates: Sequence[Any]
) -> tuple[Sequence[Any], str | None]:
    """The one invoice a payment is for, or why that is not plain.

    A reference used again is plain only within one debtor: it pays the only open invoice of that very amount.
    """
    if len(candidates) > 1 and len({c.debtor_id for c in candidates}) == 1:
        owed = [c for c in candidates if c.balance > 0]
        if len(owed) == 1 and owed[0].balance == payment.amount:
            candidates = owed
    if not candidates:
        return [], "no invoice has this payment reference" if payment.reference else "no payment reference"
    if len(candidates) > 1:
        return [], f"{len(candidates)} invoices have this payment reference"
    named = candidates[0]
    if named.currency != payment.currency:
        return [], f"paid in {payment.currency}, the invoice is in {named.currency}"
    if named.balance > 0 or payment.amount < 0 or payment.number is not None:
        return candidates, None
    others = {"debtor": named.debtor_id, "invoice": named.invoice_id, "currency": named.currency}
    others_open = (await connection.execute(OTHERS_OPEN, others)).all()
    equal = [other.number for other in others_open if other.balance == payment.amount]
    if len(equal) == 1:
        return await _named(connection, payment.creditor, number=equal[0], reference=None), None
    if others_open:
        return [], "the invoice of this reference is paid, and it is not plain which of the debtor's others is meant"
    return candidates, None


def _allocated(amount: Decimal, principal: Decimal, interest: Decimal, fee: Decimal) -> list[tuple[str, Decimal]]:
    """How a payment is shared out: principal, then interest, then fees; what is over is kept as credit.

    Principal first is the kinder order: it is the part that interest runs on and that a hand-off may concern.
    A reversal gives back to the principal.
    """
    if amount <= 0:
        return [("principal", amount)]
    parts: list[tuple[str, Decimal]] = []
    for part, owed in (("principal", principal), ("interest", interest), ("fee", fee)):
        taken = min(amount, max(owed, Decimal(0)))
        if taken > 0:
            parts.append((part, taken))
            amount -= taken
    if amount > 0:
        if parts and parts[0][0] == "principal":
            parts[0] = ("principal", parts[0][1] + amount)
        else:
            parts.insert(0, ("principal", amount))
    return parts


async def _tell_partner(connection: AsyncConnection, hand_off: int, payment: Payment, now: datetime) -> None:
    """The collection partner hears of money that came to us, and of money that was taken back."""
    await connection.execute(
        TELL_PARTNER,
        {
            "hand_off": hand_off,
            "kind": "direct_payment" if payment.amount > 0 else "change",
            "amount": payment.amount,
            "ordered_on": payment.booked_on,
            "reason": None if payment.amount > 0 else "payment reversed",
            "at": now,
        },
    )


async def reopen(connection: AsyncConnection, case: int, now: datetime) -> None:
    """Open a settled case again: a new round with at least 14 days to pay, nothing retroactive."""
    await connection.execute(REOPEN, {"case": case})
    due = now.date() + NEW_DAYS
    await connection.execute(MOVE_DUE, {"case": case, "due": due})


async def owner_of(connection: AsyncConnection, account: str) -> str | None:
    """The creditor whose bank account this is."""
    found: str | None = (await connection.execute(ACCOUNT_OWNER, {"account": account})).scalar_one_or_none()
    return found


async def has_account(connection: AsyncConnection, creditor: str, account: str) -> bool:
    """Whether a creditor has this bank account."""
    found: bool = (await connection.execute(HAS_ACCOUNT, {"creditor": creditor, "account": account})).scalar_one()
    return found


async def imported_through(
    connection: AsyncConnection, creditor: str, account: str, through: date, now: datetime
) -> None:
    """An account's bank data is imported through this day: cases that waited for it look again."""
    values = {"creditor": creditor, "account": account, "through": through, "at": now}
    if (await connection.execute(IMPORTED, values)).scalar_one_or_none():
        waiting = (await connection.execute(WAITING_FOR_BANK, {"creditor": creditor})).scalars().all()
        await tell(connection, waiting, "bank_data_imported", now)
