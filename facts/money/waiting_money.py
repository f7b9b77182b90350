"""Money that came before its invoice: looked for when the invoice is stored, and booked or put before a person."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.matching.amounts import Candidate
from domain.money.matching.ranking import LIKELY, Ranked, compared
from domain.money.matching.verdict import Match
from facts.database import to_json
from facts.money.payments import TOLD, Payment, book_shares, judge
from facts.outbox import tell

MOST = 20  # so many waiting payments of one amount, reference or number are looked at
LATEST = 200  # so many of the creditor's latest are read for the invoice's number in their text

# Taken by the statement that stores an invoice: the lock of `payments.ARRIVE_ALONE`, so that money which came before is
# seen by the look, a statement of its own, and money that comes later sees the invoice.
LOCK = "pg_advisory_xact_lock_shared(hashtext(:creditor), hashtext(trim_scale(cast(:amount as numeric))::text))"
# The last line says "in review" in other words: in the same ones it would be read from the index of all that waits.
WAITING = text(f"""
with found as materialized (
  (select id from incoming_payment where creditor_id = :creditor and amount = :amount and state = 'review'
   order by id limit {MOST})
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
""")
MAY_BE_FOR = text("""
insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)
select :payment, :case, coalesce(max(rank), 0) + 1, :score, cast(:reasons as jsonb), :now
from review_candidate where payment_id = :payment
""")
OTHERS = text("select case_id from review_candidate where payment_id = any(:payments) and case_id <> :case")


async def look(connection: AsyncConnection, creditor: str, invoice: Candidate, now: datetime) -> None:
    """Look whether money that waits is for a new invoice, in the transaction that stored it and holds `LOCK`.

    What names the invoice exactly is judged as if it came now, and booked where that explains it. What only comes
    near waits on for a person, and the case waits for it: it has not begun, so that it need not be told. What has
    waited long has met many invoices, so that a slip, a name, an account or an amount never book it.
    """
    named = {"reference": invoice.reference, "number": invoice.number}
    asked = {"creditor": creditor, "amount": invoice.balance, "debtor": invoice.debtor_id} | named
    booked = []
    for row in (await connection.execute(WAITING, asked)).all():
        payment = Payment(*row[:-2])
        found, exactly = compared(payment.clue, replace(invoice, payer_known=bool(row.payer_known)))
        if exactly and await _books(connection, row.id, payment, invoice, now):
            booked.append(row.id)
        elif found.score >= LIKELY:
            await _put_before_a_person(connection, row.id, found, now)
    if booked:
        others = await connection.execute(OTHERS, {"payments": booked, "case": invoice.case_id})
        await tell(connection, sorted(set(others.scalars())), "payment_review_ended", now)


async def _books(connection: AsyncConnection, number: int, payment: Payment, invoice: Candidate, now: datetime) -> bool:
    """Book a waiting payment where all that is known now explains it with this invoice; gives whether it was."""
    verdict, shares = await judge(connection, payment)
    if not isinstance(verdict, Match) or invoice.case_id not in {share.invoice.case_id for share in shares}:
        return False
    why = f"{verdict.why}; it came before the invoice"
    await book_shares(connection, number, payment, shares, now, why=why, by=None)
    return True


async def _put_before_a_person(connection: AsyncConnection, number: int, found: Ranked, now: datetime) -> None:
    reasons = to_json([*found.reasons, "it came before the invoice"])
    values = {"payment": number, "case": found.candidate.case_id, "score": found.score, "reasons": reasons, "now": now}
    await connection.execute(MAY_BE_FOR, values)
