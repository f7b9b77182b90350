"""Refunds: what a creditor owes back to a payer, and what it has sent back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from facts.money import held
from facts.money.ledger import LockedInvoice
from facts.refusals import Conflict, Unknown
from facts.webhooks.events import EventType
from facts.webhooks.outgoing import emit

OWE = text("""
insert into refund (creditor_id, payment_id, invoice_id, amount, currency, to_account, state, by, happened_at)
select p.creditor_id, p.id, :invoice, :amount, p.currency, coalesce(:to_account, p.debit_account), 'due', :by, :now
from incoming_payment p where p.id = :payment
returning id, creditor_id, currency, (select source_id from incoming_payment where id = :payment) as payment
""")
REFUNDS = """
select r.id as number, r.creditor_id, i.number as invoice, r.amount, r.currency, r.to_account, r.state, r.by, r.happened_at,
  r.paid_at
from refund r left join invoice i on i.id = r.invoice_id
"""
REFUNDS_OF = text(f"{REFUNDS} where r.creditor_id = :creditor order by r.state, r.id")
ALL_REFUNDS = text(f"{REFUNDS} order by r.state, r.id")
# The account that a refund leaves from where it stands in a file, as `PayOut.pays_from` has it.
PAYS_FROM = """coalesce((select o ->> 'account' from jsonb_array_elements(c.pay_out -> 'other_currencies') o
  where o ->> 'currency' = r.currency), c.pay_out ->> 'account')"""
PAID_BACK = text(f"""
with known as (
  select r.id, r.state, r.amount, c.country,
    case when r.state = 'ordered' then {PAYS_FROM} end as account
  from refund r join creditor c on c.id = r.creditor_id
  where r.id = :number and (cast(:creditor as text) is null or r.creditor_id = :creditor)
  for update of r),
paid as (update refund r set state = 'paid', paid_at = :now from known k
  where r.id = k.id and k.state in ('due', 'ordered'))
select state, amount, country, account from known
""")
# What a refund becomes on its way through the bank, from what it was.
MOVE = f"""
update refund r set {{change}} from incoming_payment p, refund w left join invoice i on i.id = w.invoice_id
where w.id = r.id and p.id = r.payment_id and r.id = any(:refunds) and r.state = any(:was)
returning r.id, r.creditor_id, r.currency, r.amount, p.source_id as payment, i.number as invoice, w.state as was,
  (select {PAYS_FROM} from creditor c where c.id = r.creditor_id) as account
"""
ORDERED = text(MOVE.format(change="state = 'ordered'"))
LEFT = text(MOVE.format(change="state = 'paid', paid_at = :now"))
CAME_BACK = text(MOVE.format(change="state = 'due', paid_at = null, to_account = null, account_by = null"))
NAME_ACCOUNT = text("update refund set to_account = :account, account_by = :by where id = :refund")

DUE_OF = text("select coalesce(sum(amount), 0) from refund where invoice_id = :invoice and state = 'due'")
# What a reversal may be: a refund that is due, or a provider's own report of one that was told as paid. What stands in a
# file for the bank leaves: what is taken back besides is another loss.
OF_REVERSAL = text("""
select r.id, r.creditor_id, r.currency, p.source_id as payment, r.payment_id, r.amount, r.to_account, r.state from refund r
join incoming_payment p on p.id = r.payment_id join incoming_payment back on back.id = :reversal
cross join lateral (select p.source = back.source and starts_with(back.source_id, p.source_id || ' refund ') as its_own) same
where r.invoice_id = :invoice and r.reversal_id is null and (r.state = 'due' or (r.state in ('ordered', 'paid') and same.its_own))
order by same.its_own desc, r.id desc for update of r
""")
SETTLED = text("""
update refund set reversal_id = :reversal, state = case state when 'due' then 'cancelled' else state end where id = :refund
""")
CANCELLED = text("""
update refund r set state = 'cancelled' from incoming_payment p
where p.id = r.payment_id and r.invoice_id = :invoice and r.state = 'due' and r.happened_at >= :since
returning r.id, r.creditor_id, r.currency, p.source_id as payment, r.payment_id, r.amount
""")


@dataclass(frozen=True, slots=True)
class RefundGone:
    """What of a refund is owed no more: it has gone back to the payer by a reversal, or was never to go."""

    id: int
    payment: int  # that was owed back
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RefundItem:
    """Money that a creditor owes back, or has sent back."""

    number: int
    creditor: str
    invoice: str | None
    amount: Decimal
    currency: str
    to_account: str | None
    state: str
    by: str
    since: datetime
    paid_at: datetime | None


async def owe(
    connection: AsyncConnection,
    payment: int,
    amount: Decimal,
    by: str,
    now: datetime,
    *,
    invoice: LockedInvoice | None = None,
    to_account: str | None = None,
) -> int:
    """Note that the creditor owes an amount of a payment back, to the payer's account unless told another.

    Of an `invoice` where it was booked on one. Gives the refund's number.
    """
    values = {
        "payment": payment,
        "invoice": invoice.invoice_id if invoice else None,
        "amount": amount,
        "to_account": to_account,
        "by": by,
        "now": now,
    }
    owed = (await connection.execute(OWE, values)).one()
    await _tell(connection, "payment.refund_due", owed, amount, invoice.number if invoice else None, now)
    return int(owed.id)


async def due_of(connection: AsyncConnection, invoice: LockedInvoice) -> Decimal:
    """What is owed back of an invoice."""
    due: Decimal = (await connection.execute(DUE_OF, {"invoice": invoice.invoice_id})).scalar_one()
    return due


async def settle(
    connection: AsyncConnection, invoice: LockedInvoice, amount: Decimal, reversal: int, now: datetime
) -> list[RefundGone]:
    """A reversal took an amount of a locked invoice back: refunds that are due are owed no more, up to that amount.

    A refund that was told as paid, and that the provider now tells of, is that same money. Of a refund that is larger
    than what is left of the amount the rest is owed on, under a new number.
    """
    gone: list[RefundGone] = []
    values = {"invoice": invoice.invoice_id, "reversal": reversal}
    for due in (await connection.execute(OF_REVERSAL, values)).all():
        part = min(amount, due.amount)
        if part <= 0:
            break
        await connection.execute(SETTLED, {"refund": due.id, "reversal": reversal})
        if due.state == "paid":  # the reversal is the money that was told to have left
            await held.is_sent(connection, due.id, -part, invoice.day(now), now)
        if due.state == "due":
            await _tell(connection, "payment.refund_cancelled", due, due.amount, invoice.number, now)
        if part < due.amount and due.state == "due":
            rest = due.amount - part
            await owe(connection, due.payment_id, rest, "purr", now, invoice=invoice, to_account=due.to_account)
        gone.append(RefundGone(due.id, due.payment_id, part))
        amount -= part
    return gone


async def cancel(
    connection: AsyncConnection, invoice: LockedInvoice, since: datetime, now: datetime
) -> list[RefundGone]:
    """What has been owed back of a locked invoice since a moment (UTC), and is not paid back, is owed no more."""
    gone = (await connection.execute(CANCELLED, {"invoice": invoice.invoice_id, "since": since})).all()
    for each in gone:
        await _tell(connection, "payment.refund_cancelled", each, each.amount, invoice.number, now)
    return [RefundGone(each.id, each.payment_id, each.amount) for each in gone]


async def list_all(connection: AsyncConnection, creditor: str | None) -> list[RefundItem]:
    """What is owed back, then what was sent back; of all creditors when None."""
    rows = await connection.execute(*((REFUNDS_OF, {"creditor": creditor}) if creditor else (ALL_REFUNDS,)))
    return [RefundItem(*row) for row in rows]


async def paid(connection: AsyncConnection, number: int, now: datetime, *, creditor: str | None = None) -> None:
    """A refund has left the creditor's account. Raises Unknown, or Conflict for one that is paid already."""
    values = {"number": number, "now": now, "creditor": creditor}
    found = (await connection.execute(PAID_BACK, values)).one_or_none()
    if found is None:
        raise Unknown(f"no refund {number}")
    if found.state not in ("due", "ordered"):
        raise Conflict(f"refund {number} is {found.state} already: nothing is changed")
    today = moment_in(found.country, now).day
    await held.is_sent(connection, number, found.amount, today, now, found.account)


async def ordered(connection: AsyncConnection, numbers: Sequence[int], now: datetime) -> None:
    """These refunds, which are due and locked, stand in a file for the bank: nothing cancels them any more."""
    await _move(connection, ORDERED, numbers, ["due"], "payment.refund_ordered", now)


async def left(connection: AsyncConnection, number: int, on: date, now: datetime) -> None:
    """The bank has paid an ordered refund on a day; nothing changes where somebody told that before."""
    for moved in await _move(connection, LEFT, [number], ["ordered"], "payment.refund_paid", now):
        await held.is_sent(connection, number, moved.amount, on, now, moved.account)


async def came_back(connection: AsyncConnection, number: int, why: str, on: date, now: datetime) -> None:
    """An ordered refund came back from the bank on a day: it is due again, and somebody names another account."""
    for moved in await _move(
        connection, CAME_BACK, [number], ["ordered", "paid"], "payment.refund_returned", now, why=why
    ):
        if moved.was == "paid":
            await held.is_sent(connection, number, -moved.amount, on, now, moved.account)


async def name_account(connection: AsyncConnection, number: int, account: str, by: str) -> None:
    """A locked refund that is due goes to this account."""
    await connection.execute(NAME_ACCOUNT, {"refund": number, "account": account, "by": by})


async def _move(
    connection: AsyncConnection,
    change: TextClause,
    numbers: Sequence[int],
    was: Sequence[str],
    event: EventType,
    now: datetime,
    **more: str,
) -> Sequence[Any]:
    values = {"refunds": list(numbers), "was": list(was), "now": now}
    wanted = {name: values[name] for name in change.compile().params}
    rows = (await connection.execute(change, wanted)).all()
    for moved in rows:
        await _tell(connection, event, moved, moved.amount, moved.invoice, now, **more)
    return rows


async def _tell(
    connection: AsyncConnection,
    event: EventType,
    refund: Any,
    amount: Decimal,
    invoice: str | None,
    now: datetime,
    **more: str,
) -> None:
    """Tell the creditor's system what became of a row of a refund."""
    data = more | {
        "invoice": invoice,
        "payment": refund.payment,
        "refund": refund.id,
        "amount": str(amount),
        "currency": refund.currency,
    }
    await emit(connection, refund.creditor_id, event, data, now)
