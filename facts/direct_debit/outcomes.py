"""What became of direct-debit claims: money settles them, none fails them, and what was taken back is not drawn again."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import has_failed
from domain.countries.calendar import Calendar
from domain.moment import Moment
from facts import diary
from facts.outbox import tell

BROUGHT_WITHIN_DAYS = 14  # of the day of a draw: banks try again for some days, and book when they are open
REPAIRED_WITHIN_DAYS = 90  # money that comes later than this after a failed draw is not taken for the draw's

SPECIFIED = "autogiro/"  # how the ids of payments begin that a specification of the centre tells
TOLD_WITHIN_DAYS = 4

# What is left of an instalment when all that came in since the plan was agreed fills them in their order.
INSTALMENTS = """
select n.plan_id, n.number, n.due_on, least(n.amount, pc.balance - np.total
  + (select sum(s.amount) from instalment s where s.plan_id = n.plan_id and s.number <= n.number)) as left_of_it
from instalment n join instalment_plan np on np.id = n.plan_id join dunning_case pc on pc.id = np.case_id
"""
# For which case the bank drew money under a reference: the latest claim of that amount that its retries may still
# serve and whose money has not come; also of a claim that the creditor sent by another system.
DRAWN_FOR = text(f"""
select d.case_id from (
  select cl.case_id, cl.due_on, cl.id from claim cl
    where cl.creditor_id = :creditor and cl.reference = :reference and cl.amount = :amount and cl.currency = :currency
      and cl.payment_id is null and cl.state in ('sent', 'cancelling', 'cancelled', 'failed', 'settled')
  union all
  select c.id, i.claim_due, 0 from invoice i join dunning_case c on c.invoice_id = i.id
    where i.creditor_id = :creditor and i.reference = :reference and c.balance = :amount and i.currency = :currency
      and i.claim_due is not null) d
where d.due_on <= :booked_on and d.due_on > cast(:booked_on as date) - {BROUGHT_WITHIN_DAYS}
order by d.due_on desc, d.id limit 1
""")
# A draw is told twice where the centre's specification and the bank's own file both have it, each under an id of its own. Of a
# given payment `g`: its claim has the money already, as the other of the two told it.
TOLD_BESIDE = f"""
select from claim q join incoming_payment w on w.id = q.payment_id
where q.creditor_id = g.creditor and q.reference = g.reference and q.amount = g.amount and q.currency = g.currency
  and starts_with(w.source_id, '{SPECIFIED}') <> starts_with(g.source_id, '{SPECIFIED}')
  and w.booked_on between g.booked_on - {TOLD_WITHIN_DAYS} and g.booked_on + {TOLD_WITHIN_DAYS}
"""
IS_TOLD = text(f"""
select exists ({TOLD_BESIDE}) from (select cast(:creditor as text) as creditor, cast(:reference as text) as reference,
  cast(:amount as numeric) as amount, cast(:currency as text) as currency, cast(:source_id as text) as source_id,
  cast(:booked_on as date) as booked_on) g
""")
# Of several drawn payments, each for another case: the claim that each of them settles, once.
NOTE_MONEY = text("""
update claim cl set payment_id = (
  select p.id from dunning_case c join incoming_payment p on p.invoice_id = c.invoice_id
  where c.id = cl.case_id and p.id = any(:payments) limit 1)
where cl.id = any(array(
  select (select q.id from claim q where q.case_id = c.id and q.amount = p.amount and q.payment_id is null
    and q.due_on <= p.booked_on and q.state in ('sent', 'cancelling', 'cancelled', 'failed', 'settled')
    order by q.due_on desc, q.id limit 1)
  from incoming_payment p join dunning_case c on c.invoice_id = p.invoice_id where p.id = any(:payments) and p.amount > 0))
""")
# By the money that the bank drew; where bank data does not say which that is, by what was paid since. Late money repairs
# a failed draw: the bank has tried again, or the debtor has paid after all.
SETTLE = text(f"""
update claim cl set state = 'settled', ended_at = :now from dunning_case c
where cl.creditor_id = :creditor and c.id = cl.case_id and cl.due_on <= :today
  and (cl.state = 'sent' or (cl.state = 'failed' and cl.due_on > cast(:today as date) - {REPAIRED_WITHIN_DAYS}))
  and case when cl.payment_id is not null then true
    when cl.plan_id is null then (cl.state = 'sent' and c.balance <= 0)
      or (select -sum(l.amount) from ledger_entry l where l.invoice_id = c.invoice_id
        and l.kind in ('payment', 'reversal', 'refund') and l.booked_on >= cl.due_on) >= cl.amount
    else exists (select from ({INSTALMENTS}) n where n.plan_id = cl.plan_id and n.number = cl.instalment
      and n.left_of_it <= 0) end
returning cl.id, cl.case_id, cl.amount, cl.due_on
""")
# Of a case whose money was taken back, the draw of that amount, else the latest: the debtor, or the debtor's bank, has
# undone it.
RETURNED = text("""
update claim set state = 'returned', ended_at = :now where id in (
  select id from claim where case_id = :case and (state = 'settled' or (state = 'sent' and due_on <= :today))
  order by amount = :amount desc, id desc limit 1)
returning id, case_id, amount, due_on
""")
IS_UNDONE = text("""
select exists (select from claim cl join mandate m on m.id = :mandate
  where cl.case_id = :case and cl.state = 'returned' and cl.ended_at >= greatest(m.asked_at, m.confirmed_at))
""")
DUES = text("select distinct due_on from claim where creditor_id = :creditor and state = 'sent' and due_on < :today")
FAIL = text("""
update claim set state = 'failed', ended_at = :now
where creditor_id = :creditor and state = 'sent' and due_on = any(:dues) returning id, case_id, amount, due_on
""")


async def settle(connection: AsyncConnection, creditor: str, now: Moment) -> int:
    """Claims whose money has come are settled, failed ones too; gives how many."""
    values = {"creditor": creditor, "today": now.day, "now": now.at}
    settled = (await connection.execute(SETTLE, values)).all()
    await end(connection, settled, "claim_settled", now.at)
    return len(settled)


async def fail(
    connection: AsyncConnection, creditor: str, imported_through: date | None, calendar: Calendar, now: datetime
) -> int:
    """Claims that brought nothing within their grace, as far as the bank data is here, have failed; gives how many."""
    of = {"creditor": creditor, "today": calendar.local_date(now)}
    dues = (await connection.execute(DUES, of)).scalars().all()
    over = [due for due in dues if has_failed(calendar, due, now, imported_through)]
    failed = (await connection.execute(FAIL, of | {"dues": over, "now": now})).all()
    await end(connection, failed, "claim_failed", now)
    return len(failed)


async def drawn_for(
    connection: AsyncConnection, creditor: str, reference: str | None, amount: Decimal, currency: str, booked_on: date
) -> int | None:
    """The case for which the bank drew an amount, booked on a day, under a reference that several may have; None: not ours."""
    values = {
        "creditor": creditor,
        "reference": reference,
        "amount": amount,
        "currency": currency,
        "booked_on": booked_on,
    }
    return (await connection.execute(DRAWN_FOR, values)).scalar_one_or_none()


async def is_told_beside(
    connection: AsyncConnection,
    creditor: str,
    reference: str | None,
    amount: Decimal,
    currency: str,
    booked_on: date,
    source_id: str,
) -> bool:
    """Whether a drawn payment is known by another kind of file, which has another id for it."""
    values = {
        "creditor": creditor,
        "reference": reference,
        "amount": amount,
        "currency": currency,
        "booked_on": booked_on,
        "source_id": source_id,
    }
    return bool((await connection.execute(IS_TOLD, values)).scalar_one())


async def note_money(connection: AsyncConnection, payments: Sequence[int]) -> None:
    """The claims that brought payments which the bank drew know it; each payment is booked on another invoice, or on several."""
    await connection.execute(NOTE_MONEY, {"payments": list(payments)})


async def returned(connection: AsyncConnection, case: int, amount: Decimal, now: Moment) -> None:
    """An amount of a locked case was taken back and is owed again: its draw is not repeated, but on the debtor's word.

    That is a new mandate, or asking for direct debit again.
    """
    undone = (
        await connection.execute(RETURNED, {"case": case, "amount": amount, "today": now.day, "now": now.at})
    ).all()
    await note(connection, undone, "claim_returned", now.at)


async def is_undone(connection: AsyncConnection, case: int, mandate: int) -> bool:
    """Whether a draw of a case was taken back, and the debtor has not asked for another one under the mandate since."""
    return bool((await connection.execute(IS_UNDONE, {"case": case, "mandate": mandate})).scalar_one())


async def end(
    connection: AsyncConnection, claims: Sequence[Any], kind: str, now: datetime, *, why: str | None = None
) -> None:
    """These claims are over: the diary says how, and why where the centre said so, and their cases look again."""
    await note(connection, claims, kind, now, why=why)
    await tell(connection, [row.case_id for row in claims], "mandate_changed", now)


async def note(
    connection: AsyncConnection, claims: Sequence[Any], kind: str, now: datetime, *, why: str | None = None
) -> None:
    """The diary of each claim's case has a line of this kind about it."""
    said = {"why": why} if why else {}
    lines = [(row.case_id, {"claim": row.id, "amount": row.amount, "due_on": row.due_on} | said) for row in claims]
    await diary.write(connection, kind, "direct debit", lines, now)
