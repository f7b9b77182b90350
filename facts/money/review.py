"""Money that waits for a person: listed with its likeliest invoices, booked by one call, or sent back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.money import held, ledger, postings, refunds
from facts.money.payments import TOLD, TOO_MUCH_BACK, Payment, PaymentShare, book_shares
from facts.outbox import tell
from facts.refusals import Conflict, Refused, Unknown

LIST = text("""
select p.id as number, p.creditor_id, p.source, p.source_id, p.amount, p.currency, p.booked_on, p.reference, p.account,
  p.debit_account, p.payer_name, p.text, p.unmatched, coalesce(r.candidates, '[]') as candidates
from incoming_payment p left join lateral (
  select jsonb_agg(jsonb_build_object('invoice', i.number, 'balance', c.balance::text, 'currency', i.currency,
      'due_date', i.due_date, 'state', c.state, 'score', r.score, 'reasons', r.reasons)
    order by r.score desc, r.rank) as candidates
  from review_candidate r join dunning_case c on c.id = r.case_id join invoice i on i.id = c.invoice_id
  where r.payment_id = p.id) r on true
where p.state = 'review' and (cast(:creditor as text) is null or p.creditor_id = :creditor)
  and (cast(:only as bigint) is null or p.id = :only)
order by p.booked_on, p.id
""")
LOCK = text(f"""
select {TOLD}, state from incoming_payment
where id = :number and (cast(:creditor as text) is null or creditor_id = :creditor) for update
""")
CASES = text("""
select i.number, c.id from invoice i join dunning_case c on c.invoice_id = i.id
where i.creditor_id = :creditor and i.number = any(:numbers)
""")
WAITING = text("select case_id from review_candidate where payment_id = :number order by case_id")
RETURNED = text("update incoming_payment set state = 'returned', decided_by = :by where id = :number")


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Money that no invoice explains by itself, why, and the invoices it may be for, likeliest first.

    `number` names it for `book_review`; `id` is the payment's where it comes from.
    """

    number: int
    creditor: str
    source: str
    id: str
    amount: Decimal
    currency: str
    booked_on: date
    reference: str | None
    account: str | None
    debit_account: str | None
    payer_name: str | None
    text: str | None
    why: str
    candidates: list[dict[str, Any]]


async def list_review(connection: AsyncConnection, creditor: str | None, only: int | None = None) -> list[ReviewItem]:
    """The payments that wait for a person, oldest first; of all creditors when None, one alone where it is named."""
    rows = (await connection.execute(LIST, {"creditor": creditor, "only": only})).all()
    return [ReviewItem(*row) for row in rows]


async def book_review(
    connection: AsyncConnection,
    number: int,
    invoices: Mapping[str, Decimal | None],
    by: str,
    now: datetime,
    *,
    creditor: str | None = None,
) -> dict[str, Decimal]:
    """Book a waiting payment on the invoices a person names; gives what is left of each.

    One invoice without an amount takes what the others leave. The payer's account is learned. Raises Refused for a
    payment that does not wait, an unknown invoice, or amounts that are not the payment's.
    """
    waiting = await _lock_waiting(connection, number, creditor)
    payment = Payment(*waiting[:-1])
    values = {"creditor": payment.creditor, "numbers": list(invoices)}
    cases = {row.number: row.id for row in (await connection.execute(CASES, values)).all()}
    if unknown := [name for name in invoices if name not in cases]:
        raise Refused(f"creditor {payment.creditor} has no invoice {', '.join(unknown)}")
    amounts = _amounts(invoices, payment.amount)
    locked = {invoice.number: invoice for invoice in await ledger.lock(connection, cases.values())}
    for name in invoices:
        if locked[name].currency != payment.currency:
            raise Refused(
                f"paid in {payment.currency}, invoice {name} is in {locked[name].currency}: return it instead"
            )
        if -amounts[name] > await postings.most_reversible(connection, locked[name]):
            raise Refused(f"{TOO_MUCH_BACK} {name}: book the payment that it takes back first")
    shares = [PaymentShare(locked[name], amounts[name]) for name in invoices]
    left = await book_shares(connection, number, payment, shares, now, why="booked by a person", by=by)
    await _tell_waiting(connection, number, now)
    return dict(zip(invoices, left, strict=True))


async def send_back(
    connection: AsyncConnection,
    number: int,
    by: str,
    now: datetime,
    *,
    to_account: str | None = None,
    creditor: str | None = None,
) -> int:
    """Owe a waiting payment back to who paid it; gives the refund's number. Raises Refused."""
    waiting = await _lock_waiting(connection, number, creditor)
    if waiting.amount < 0:
        raise Refused("a reversal cannot be sent back: book it on its invoice")
    await connection.execute(RETURNED, {"number": number, "by": by})
    await held.is_owed_back(connection, number, now)
    refund = await refunds.owe(connection, number, waiting.amount, by, now, to_account=to_account)
    await _tell_waiting(connection, number, now)
    return refund


async def _lock_waiting(connection: AsyncConnection, number: int, creditor: str | None) -> Any:
    waiting = (await connection.execute(LOCK, {"number": number, "creditor": creditor})).one_or_none()
    if waiting is None:
        raise Unknown(f"no payment {number}: `unmatched` lists those that wait")
    if waiting.state != "review":
        raise Conflict(f"payment {number} is {waiting.state} already: nothing is changed")
    return waiting


def _amounts(invoices: Mapping[str, Decimal | None], total: Decimal) -> dict[str, Decimal]:
    """The share of each invoice; they make the whole payment."""
    open_ended = [name for name, amount in invoices.items() if amount is None]
    rest = total - sum((amount for amount in invoices.values() if amount is not None), Decimal(0))
    if len(open_ended) > 1:
        raise Refused("say the amount for each invoice but one")
    if (rest * total <= 0) if open_ended else rest:
        raise Refused(f"the amounts make {total - rest}, the payment is {total}: they must agree")
    return {name: rest if amount is None else amount for name, amount in invoices.items()}


async def _tell_waiting(connection: AsyncConnection, number: int, now: datetime) -> None:
    """The cases that paused for this money go on."""
    cases = (await connection.execute(WAITING, {"number": number})).scalars().all()
    await tell(connection, cases, "payment_review_ended", now)
