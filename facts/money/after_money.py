"""What follows when money moves, for many cases at once and always in this order."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.amount import ZERO
from domain.planner.told import DAYS_TO_PAY_AGAIN
from facts import diary
from facts.agreements import plans
from facts.collection import partner, service_blocks
from facts.direct_debit import outcomes
from facts.money import due_dates
from facts.money.ledger import LockedInvoice
from facts.money.postings import Moved
from facts.operations import unsettled
from facts.outbox import tell
from facts.webhooks.outgoing import Event, emit_many

# A settled case opens again: a new round, nothing retroactive.
REOPEN = text("""
with opened as (
  update dunning_case c set state = 'open', outcome = null, round = round + 1
  from unnest(cast(:cases as int[]), cast(:days as date[])) as o(case_id, due) where c.id = o.case_id
  returning c.invoice_id, o.due)
select o.invoice_id, o.due from opened o
cross join lateral (select due_date from invoice where id = o.invoice_id offset 0) i where i.due_date < o.due
""")
# The collection partner still has it, or is done with it: nothing begins anew for the debtor.
OPEN_AT_PARTNER = text("update dunning_case set state = 'open', outcome = null where id = any(:cases)")
# Whom the credit may pay. Who is at one of these cases right now looks again after.
MAY_BE_PAID = text("""
select c.id from dunning_case c cross join lateral (select currency from invoice where id = c.invoice_id offset 0) i
where c.debtor_id = :debtor and c.state = 'open' and c.balance > 0 and i.currency = :currency and c.id <> :case
order by c.id for update of c skip locked
""")


async def after_money(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> list[Moved]:
    """Do what payments, reversals and credits bring about; their cases are locked, and hear of it from the caller.

    Gives the moves with what is owed in the end.
    """
    lowered = await plans.lower_interest(connection, [move.after.case_id for move in moves], now)
    moves = [replace(move, after=lowered.get(move.after.case_id, move.after)) for move in moves]
    for follow in AFTER_MONEY:
        await follow(connection, moves, now)
    return moves


async def _free_services(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    """A service is free where nothing is owed, or too little to ask for: also after the ladder, when nobody plans."""
    free = [move.after.case_id for move in moves if move.balance <= 0 or move.balance < move.after.too_little]
    await service_blocks.free(connection, free, now)


async def _keep_plans(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    await plans.close(connection, _settled(moves), "kept", now)


async def _undo_draws(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    """What was drawn and taken back is not drawn again without the debtor's word."""
    for move in moves:
        if move.amount < 0 and move.balance > 0:
            await outcomes.returned(connection, move.after.case_id, -move.amount, moment_in(move.after.country, now))


async def _reopen_cases(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    """A settled case whose money is gone again goes on, with new days to pay; at the partner, where it is as it was."""
    gone = [move for move in moves if move.amount < 0 and move.balance > 0 and _was_settled(move)]
    there = [move.after for move in gone if move.why == "to the partner"]
    if there:
        await connection.execute(OPEN_AT_PARTNER, {"cases": [each.case_id for each in there]})
        await _note_opened(connection, there, "collection partner", now)
    opened = [move.after for move in gone if move.why != "to the partner"]
    if not opened:
        return
    values = {
        "cases": [each.case_id for each in opened],
        "days": [each.day(now) + timedelta(days=DAYS_TO_PAY_AGAIN) for each in opened],
    }
    later = {row.invoice_id: row.due for row in await connection.execute(REOPEN, values)}
    await due_dates.move(connection, later, now)
    await _note_opened(connection, opened, "bank", now)


async def _note_opened(connection: AsyncConnection, opened: Sequence[LockedInvoice], by: str, now: datetime) -> None:
    await diary.write(connection, "reopened", by, [(each.case_id, {}) for each in opened], now)
    await unsettled.goes_on(connection, [each.case_id for each in opened], by, now)
    why = "its payment was taken back"
    events = [Event(each.creditor_id, "case.reopened", {"invoice": each.number, "why": why}) for each in opened]
    await emit_many(connection, events, now)


async def _tell_of_credit(connection: AsyncConnection, moves: Sequence[Moved], now: datetime) -> None:
    """What is paid too much may pay the debtor's other invoices: their cases look again."""
    for move in moves:
        if move.balance < min(ZERO, move.before.owed.total):
            of = move.after
            values = {"debtor": of.debtor_id, "currency": of.currency, "case": of.case_id}
            others = (await connection.execute(MAY_BE_PAID, values)).scalars().all()
            await tell(connection, others, "credit_arose", now)


def _settled(moves: Sequence[Moved]) -> list[int]:
    """The cases in which nothing is owed now."""
    return [move.after.case_id for move in moves if move.balance <= 0]


def _was_settled(move: Moved) -> bool:
    return move.before.outcome in ("paid", "balance ignored")


AFTER_MONEY: tuple[Callable[[AsyncConnection, Sequence[Moved], datetime], Awaitable[None]], ...] = (
    partner.tell_money,
    _free_services,
    _keep_plans,
    _undo_draws,
    _reopen_cases,
    _tell_of_credit,
)
