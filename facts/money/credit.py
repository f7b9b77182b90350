"""Credit on one invoice that pays another of the same debtor's: both sides in one transaction, and back again when it falls away.

Credit is a payment, or a part of one, that nobody owes any more. Where it pays another invoice that part was paid there: the
ledger of each invoice says so under the payment's own id, and the two sum to nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.amount import ZERO
from facts import diary
from facts.money import ledger, postings
from facts.money.after_money import after_money
from facts.money.ledger import LockedInvoice
from facts.money.postings import Moved
from facts.webhooks.events import EventType
from facts.webhooks.outgoing import Event, emit_many

BY_POLICY = "purr"
SOURCE = "credit use"
# Whoever uses credit has locked these before, in the order of their ids; one that got credit only since is left out. What
# is with the collection partner, or given up, is settled with them first.
WITH_CREDIT = text("""
select c.id from dunning_case c cross join lateral (select currency from invoice where id = c.invoice_id offset 0) i
where c.debtor_id = :debtor and c.balance < 0 and c.withdrawn_at is null and i.currency = :currency
  and (select true from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted') limit 1) is null
order by c.id for update of c skip locked
""")
SOURCES = text("""
select o.id from dunning_case c join dunning_case o on o.debtor_id = c.debtor_id where c.id = :case and o.balance < 0
""")
USE = text("""
insert into credit_use (creditor_id, from_invoice_id, to_invoice_id, payment_id, amount, undoes, by, reason_code, happened_at)
values (:creditor, :source, :target, :payment, :amount, :undoes, :by, :reason_code, :now) returning id
""")
# What was used and did not come back, the latest first.
_STANDING = """
select u.id, f.id as from_case, t.id as to_case, u.payment_id,
  u.amount + coalesce((select sum(v.amount) from credit_use v where v.undoes = u.id), 0) as amount
from dunning_case k join credit_use u on u.{side} = k.invoice_id and u.undoes is null
join dunning_case f on f.invoice_id = u.from_invoice_id join dunning_case t on t.invoice_id = u.to_invoice_id
where k.id = any(cast(:cases as int[])) order by u.id desc
"""
LENT = text(_STANDING.format(side="from_invoice_id"))
GOT = text(_STANDING.format(side="to_invoice_id"))


@dataclass(frozen=True, slots=True)
class Use:
    """Credit of one case's invoice that stands as paid on another's: how much of which payment."""

    id: int
    from_case: int
    to_case: int
    payment: int
    amount: Decimal


async def sources(connection: AsyncConnection, case: int) -> Sequence[int]:
    """The cases of a case's debtor that have credit: lock them with it, before any of it is used."""
    return (await connection.execute(SOURCES, {"case": case})).scalars().all()


async def use(
    connection: AsyncConnection,
    case: int,
    debtor: int,
    currency: str,
    most: Decimal,
    by: str,
    reason_code: str,
    now: datetime,
) -> Decimal:
    """Let the debtor's credit on other invoices pay at most so much of a case's, the oldest credit first; gives how much.

    Its case and those of `sources` are locked. Its case hears of it from the caller.
    """
    values = {"debtor": debtor, "currency": currency}
    found = (await connection.execute(WITH_CREDIT, values)).scalars().all()
    locked = {each.case_id: each for each in await ledger.lock(connection, {*found, case})}
    before = target = locked[case]
    left = min(most, target.owed.total)
    moved: list[tuple[LockedInvoice, Decimal]] = []
    for source in (locked[each] for each in found if each != case):
        credit = min(-source.owed.total, -source.owed.principal)
        of_this = ZERO
        for payment, paid in (await ledger.history(connection, source.invoice_id)).payments():
            amount = min(left, credit - of_this, paid)
            if amount <= 0:
                continue
            id = await _note(connection, source, target, payment, amount, None, by, reason_code, now)
            source, each = await postings.move_credit(
                connection, source, target, amount, payment, postings.keys(SOURCE, str(id), 0), now
            )
            target, left, of_this = each.after, left - amount, of_this + amount
        if of_this:
            moved.append((source, of_this))
    used = sum((amount for _, amount in moved), ZERO)
    if used:
        await after_money(connection, [Moved(before, target, used, target.day(now))], now)
        for source, amount in moved:
            await _tell(connection, "credit_used", "credit.used", source, target, amount, by, now)
    return used


async def undo(
    connection: AsyncConnection,
    uses: Sequence[Use],
    most: Decimal | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> list[Moved]:
    """Let used credit come back, at most so much in all; gives what that did to the cases that it had paid.

    What follows from it, and telling their cases, is the caller's. What was paid back of it meanwhile cannot come back.
    """
    locked = {
        each.case_id: each
        for each in await ledger.lock(connection, {case for each in uses for case in (each.from_case, each.to_case)})
    }
    befores, back = dict(locked), dict.fromkeys((each.to_case for each in uses), ZERO)
    for each in uses:
        source, target = locked[each.from_case], locked[each.to_case]
        amount = await _returnable(connection, each, target)
        amount = amount if most is None else min(amount, most)
        if amount <= 0:
            continue
        id = await _note(connection, source, target, each.payment, -amount, each.id, by, reason_code, now)
        under = postings.keys(SOURCE, str(id), 0)
        source, move = await postings.return_credit(connection, source, target, amount, each.payment, under, now)
        locked |= {each.from_case: source, each.to_case: move.after}
        back[each.to_case] += amount
        most = None if most is None else most - amount
        await _tell(connection, "credit_returned", "credit.returned", source, move.after, amount, by, now)
    return [
        Moved(befores[case], locked[case], -amount, locked[case].day(now)) for case, amount in back.items() if amount
    ]


async def lent(connection: AsyncConnection, cases: Collection[int]) -> list[Use]:
    """Where credit of these cases stands as paid, the latest first."""
    return _uses(await connection.execute(LENT, {"cases": list(cases)}))


async def got(connection: AsyncConnection, case: int) -> list[Use]:
    """Whose credit stands as paid on a case, the latest first."""
    return _uses(await connection.execute(GOT, {"cases": [case]}))


async def returnable(connection: AsyncConnection, uses: Iterable[Use]) -> Decimal:
    """How much of what was used may come back; lock the cases first where more is posted after."""
    amounts = []
    for each in uses:
        (target,) = await ledger.lock(connection, [each.to_case])
        amounts.append(await _returnable(connection, each, target))
    return sum(amounts, ZERO)


async def _returnable(connection: AsyncConnection, use: Use, target: LockedInvoice) -> Decimal:
    """What of a use still stands on the invoice that it paid: some may have been paid back, or used again, from there."""
    paid = dict((await ledger.history(connection, target.invoice_id)).payments())
    return min(use.amount, paid.get(use.payment, ZERO))


async def _note(
    connection: AsyncConnection,
    source: LockedInvoice,
    target: LockedInvoice,
    payment: int,
    amount: Decimal,
    undoes: int | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> int:
    values = {
        "creditor": target.creditor_id,
        "source": source.invoice_id,
        "target": target.invoice_id,
        "payment": payment,
        "amount": amount,
        "undoes": undoes,
        "by": by,
        "reason_code": reason_code,
        "now": now,
    }
    id: int = (await connection.execute(USE, values)).scalar_one()
    return id


async def _tell(
    connection: AsyncConnection,
    kind: str,
    event: EventType,
    source: LockedInvoice,
    target: LockedInvoice,
    amount: Decimal,
    by: str,
    now: datetime,
) -> None:
    """A line in both diaries, and a word to the creditor's system."""
    detail = {"of": source.number, "pays": target.number, "amount": str(amount)}
    await diary.write(connection, kind, by, [(source.case_id, detail), (target.case_id, detail)], now)
    data = {"invoice": target.number, "of_invoice": source.number, "amount": str(amount), "currency": target.currency}
    await emit_many(connection, [Event(target.creditor_id, event, data)], now)


def _uses(rows: Iterable[Sequence[object]]) -> list[Use]:
    return [each for each in (Use(*row) for row in rows) if each.amount > 0]  # type: ignore[arg-type]
