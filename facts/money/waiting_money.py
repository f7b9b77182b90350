"""Money that waits: looked for when its invoice is stored or its debtor says that it is paid; booked or put before a person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import ZERO
from domain.money.matching.amounts import Candidate, fit_of
from domain.money.matching.ranking import LIKELY, SAID, Ranked, compared
from domain.money.matching.verdict import Match
from facts.database import to_json
from facts.money import candidates, ledger
from facts.money.payments import TOLD, Payment, PaymentShare, book_shares, judge
from facts.outbox import tell

MOST = 20  # so many waiting payments of one amount, reference or number are looked at
LATEST = 200  # so many of the creditor's latest are read for the invoice's number in their text

# Taken by the statement that stores an invoice: the lock of `payments.ARRIVE_ALONE`, so that money which came before is
# seen by the look, a statement of its own, and money that comes later sees the invoice.
LOCK = "pg_advisory_xact_lock_shared(hashtext(:creditor), hashtext(trim_scale({amount})::text))"
# Which of many new invoices any money waits for: of most none does, and only the others are looked at.
ANY = text(f"""
with latest as materialized (
  select text from incoming_payment where creditor_id = :creditor and state = 'review' and text is not null
  order by id desc limit {LATEST})
select n from unnest(cast(:amounts as numeric[]), cast(:references as text[]), cast(:numbers as text[])) with ordinality
  as g(amount, reference, number, n)
where (select true from incoming_payment
    where creditor_id = :creditor and amount = g.amount and state = 'review' limit 1)
  or (select true from incoming_payment
    where creditor_id = :creditor and reference = g.reference and state = 'review' limit 1)
  or (select true from incoming_payment
    where creditor_id = :creditor and number = g.number and state = 'review' limit 1)
  or exists (select from latest where strpos(text, g.number) > 0)
order by n
""")
# The last line says "in review" in other words: in the same ones it would be read from the index of all that waits.
_FOUND = f"""
with found as materialized (
  (select id from incoming_payment
   where creditor_id = :creditor and amount = any(cast(:amounts as numeric[])) and state = 'review' order by id limit {MOST})
  union
  (select id from incoming_payment where creditor_id = :creditor and reference = :reference and state = 'review'
   order by id limit {MOST})
  union
  (select id from incoming_payment where creditor_id = :creditor and number = :number and state = 'review'
   order by id limit {MOST})
  union
  select id from (select id, text from incoming_payment where creditor_id = :creditor and state = 'review'
    order by id desc limit {LATEST}) latest
  where strpos(text, :number) > 0)
select {TOLD}, id, (select count(*) = 1 and min(a.debtor_id) = :debtor from payer_account a
    where a.creditor_id = p.creditor_id and a.account = p.debit_account) as payer_known
from incoming_payment p
where id in (select id from found) and state not in ('booked', 'returned') and amount > 0 order by id for update of p
"""
WAITING = text(_FOUND)
WAITING_UNTOUCHED = text(f"{_FOUND} skip locked")  # what somebody is just placing is theirs
MAY_BE_FOR = text("""
insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)
select :payment, :case, coalesce(max(rank), 0) + 1, :score, cast(:reasons as jsonb), :now
from review_candidate where payment_id = :payment
on conflict do nothing
""")
NEAREST_OTHER = text("""
select coalesce(max(score), 0) from review_candidate where payment_id = :payment and case_id <> :case
""")

OTHERS = text("select case_id from review_candidate where payment_id = any(:payments) and case_id <> :case")


async def look(connection: AsyncConnection, creditor: str, invoices: Sequence[Candidate], now: datetime) -> None:
    """Look whether money that waits is for one of these new invoices, in the transaction that stored them and holds `LOCK`.

    What names an invoice exactly is judged as if it came now, and booked where that explains it. What only comes
    near waits on for a person, and the case waits for it: it has not begun, so that it need not be told. What has
    waited long has met many invoices, so that a slip, a name, an account or an amount never book it.
    """
    if len(invoices) > 1:
        values = {
            "creditor": creditor,
            "amounts": [invoice.balance for invoice in invoices],
            "references": [invoice.reference for invoice in invoices],
            "numbers": [invoice.number for invoice in invoices],
        }
        invoices = [invoices[n - 1] for n in (await connection.execute(ANY, values)).scalars()]
    for invoice in invoices:
        await _look(connection, creditor, invoice, now)


async def _look(connection: AsyncConnection, creditor: str, invoice: Candidate, now: datetime) -> None:
    booked = []
    for row in (await connection.execute(WAITING, _asked(creditor, invoice, [invoice.balance]))).all():
        payment = Payment(*row[:-2])
        found, exactly = compared(payment.clue, replace(invoice, payer_known=bool(row.payer_known)))
        if exactly and await _books(connection, row.id, payment, invoice, now, "it came before the invoice"):
            booked.append(row.id)
        elif found.score >= LIKELY:
            await _put_before_a_person(connection, row.id, found, "it came before the invoice", now)
    await _tell_others(connection, booked, invoice.case_id, now)


async def said_to_be_paid(
    connection: AsyncConnection, creditor: str, case: int, now: datetime, *, believed: bool
) -> bool:
    """Look whether money that waits is what the debtor of a locked case says was paid; gives whether nothing is owed now.

    The word of who is `believed` to be the debtor is one sign more: it books the only money that is likely for this
    invoice, fits it, and is no nearer to another. All else that comes near a person sees, with what was said.
    """
    (invoice,) = await candidates.of_cases(connection, creditor, [case])
    amounts = [invoice.balance, invoice.principal, invoice.principal + invoice.interest]
    booked, likely = [], []
    for row in (await connection.execute(WAITING_UNTOUCHED, _asked(creditor, invoice, amounts))).all():
        payment = Payment(*row[:-2])
        found, exactly = compared(payment.clue, replace(invoice, payer_known=bool(row.payer_known)))
        if exactly and await _books(connection, row.id, payment, invoice, now, SAID, said=True):
            booked.append(row.id)
        elif found.score >= LIKELY and payment.currency == invoice.currency:
            likely.append((row.id, payment, found))
    for number, payment, found in likely:
        nearest = (await connection.execute(NEAREST_OTHER, {"payment": number, "case": case})).scalar_one()
        fits = fit_of(invoice, payment.amount) is not None and found.score > nearest
        if believed and fits and len(likely) == 1 and not booked:
            (locked,) = await ledger.lock(connection, [case])
            why = f"{'; '.join(found.reasons)}; {SAID}"
            share = PaymentShare(locked, payment.amount)
            await book_shares(connection, number, payment, [share], now, why=why, by=None, said=True)
            booked.append(number)
        else:
            await _put_before_a_person(connection, number, found, SAID, now)
    await _tell_others(connection, booked, case, now)
    (left,) = await ledger.lock(connection, [case])
    return left.owed.total <= ZERO


def _asked(creditor: str, invoice: Candidate, amounts: Sequence[Decimal]) -> dict[str, Any]:
    """What the statement is asked for an invoice, which money of these amounts may be for."""
    named = {"reference": invoice.reference, "number": invoice.number}
    return {"creditor": creditor, "amounts": list(amounts), "debtor": invoice.debtor_id} | named


async def _tell_others(connection: AsyncConnection, booked: Sequence[int], case: int, now: datetime) -> None:
    """The other cases that waited for money which is booked now go on."""
    if booked:
        others = await connection.execute(OTHERS, {"payments": booked, "case": case})
        await tell(connection, sorted(set(others.scalars())), "payment_review_ended", now)


async def _books(
    connection: AsyncConnection,
    number: int,
    payment: Payment,
    invoice: Candidate,
    now: datetime,
    also: str,
    *,
    said: bool = False,
) -> bool:
    """Book a waiting payment where all that is known now explains it with this invoice; gives whether it was."""
    verdict, shares = await judge(connection, payment)
    if not isinstance(verdict, Match) or invoice.case_id not in {share.invoice.case_id for share in shares}:
        return False
    why = f"{verdict.why}; {also}"
    await book_shares(connection, number, payment, shares, now, why=why, by=None, said=said)
    return True


async def _put_before_a_person(
    connection: AsyncConnection, number: int, found: Ranked, also: str, now: datetime
) -> None:
    reasons = to_json([*found.reasons, also])
    values = {"payment": number, "case": found.candidate.case_id, "score": found.score, "reasons": reasons, "now": now}
    await connection.execute(MAY_BE_FOR, values)
