"""Postings: whatever changes what is owed on an invoice, and the one place where ledger entries are inserted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money import allocation
from domain.money.allocation import Allocation, ChargedFee, Owed, Part, allocate, fees_to_take_back, transfer_credit
from domain.money.amount import ZERO
from facts.database import in_columns
from facts.money import ledger, refunds
from facts.money.ledger import LockedInvoice, Posted

INSERT = """insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
  reverses, payment_id, happened_at)"""
"""SQL: how every entry is inserted, also by the few statements that post many with all that belongs to them."""

# What is there under its source and id is never posted again; who posts it again hears of it.
POST = text(f"""
{INSERT}
select :creditor, :invoice, e.kind, e.part, e.amount, :currency, e.booked_on, e.source, e.source_id, e.reverses, e.payment,
  :now
from unnest(cast(:kind as text[]), cast(:part as text[]), cast(:amount as numeric[]), cast(:booked_on as date[]),
    cast(:source as text[]), cast(:source_id as text[]), cast(:reverses as int[]), cast(:payment as int[])) with ordinality
  as e(kind, part, amount, booked_on, source, source_id, reverses, payment, n) order by e.n
on conflict (creditor_id, source, source_id) do nothing
""")

Key = tuple[str, str]
"""A source and its id there: the same fact is posted once."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry about to be posted. Positive amounts add to the debt."""

    kind: str
    part: Part
    amount: Decimal
    booked_on: date
    key: Key
    reverses: int | None = None
    payment: int | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A payment that is kept, and about to be booked on its invoices: the keys of its entries, for all of them together."""

    id: int
    booked_on: date
    keys: Iterator[Key]
    on_page: bool  # at a provider, for what the invoice page asked for
    split: Owed | None = None  # to the collection partner, which says what of it is for which part
    takes_back: int | None = None  # the payment to the collection partner that is gone again, as it tells
    partner_has_it: bool = False  # and asks for it again by itself


@dataclass(frozen=True, slots=True)
class Moved:
    """What a payment, its reversal (an amount below zero) or a credit did to an invoice."""

    before: LockedInvoice
    after: LockedInvoice
    amount: Decimal
    booked_on: date
    why: Literal["payment", "to the partner", "credit note", "dispute upheld", "fees waived"] = "payment"

    @property
    def balance(self) -> Decimal:
        """What is owed now."""
        return self.after.owed.total


class AlreadyPosted(Exception):
    """An entry is there under its key. Whoever did not expect that rolls back."""


def keys(source: str, source_id: str, first: int) -> Iterator[Key]:
    """The keys of the entries that one fact makes, numbered from `first`; the number 0 is left out."""
    return ((source, f"{source_id}#{number}" if number else source_id) for number in count(first))


def keys_at(why: str, invoice: LockedInvoice, now: datetime) -> Iterator[Key]:
    """The keys of what is done to an invoice at a moment, for a reason that may come again."""
    return keys(why, f"{invoice.number}/{now.isoformat()}", 1)


async def charge(
    connection: AsyncConnection,
    invoice: LockedInvoice,
    kind: Literal["fee", "compensation", "interest"],
    amount: Decimal,
    key: Key,
    now: datetime,
) -> LockedInvoice:
    """Add a fee, compensation or interest to what is owed, today."""
    part: Part = "interest" if kind == "interest" else "fee"
    return await _post(connection, invoice, [Entry(kind, part, amount, invoice.day(now), key)], now)


async def credit(
    connection: AsyncConnection,
    invoice: LockedInvoice,
    amount: Decimal,
    why: Literal["credit note", "dispute upheld"],
    key: Key,
    key_of: Callable[[Part], Key],
    now: datetime,
) -> Moved:
    """Lower what was invoiced. Where nothing of it is left to pay, the fees and interest still unpaid go with it.

    `key_of` gives the key of what goes of a part. Raises AlreadyPosted, with nothing posted, when the key is known.
    """
    before, today = invoice, invoice.day(now)
    history = await ledger.history(connection, invoice.invoice_id)
    if back := _again(history, invoice, amount, today, "write-off", "/".join(key)):  # it was no loss
        invoice = await _post(connection, invoice, back, now)
    after = await _post(connection, invoice, [Entry("credit", "principal", -amount, today, key)], now)
    if after.owed.principal <= 0:
        after = await _let_go(connection, after, key_of, now)
    return Moved(before, await _owe_back(connection, after, today, now), amount, today, why)


async def give_back(connection: AsyncConnection, invoice: LockedInvoice, now: datetime) -> None:
    """What was paid of a claim that never stood is owed back, all of it."""
    paid = (await ledger.history(connection, invoice.invoice_id)).paid.total
    await _owe_back(connection, invoice, invoice.day(now), now, at_least=paid)


async def pay_back(connection: AsyncConnection, invoice: LockedInvoice, by: str, now: datetime) -> None:
    """What is paid above all that is owed is owed back, as somebody says, also by a creditor that keeps it."""
    await _owe_back(connection, invoice, invoice.day(now), now, at_least=-invoice.owed.total, by=by)


async def keep(connection: AsyncConnection, invoice: LockedInvoice, since: datetime, now: datetime) -> None:
    """What has been owed back since a moment (UTC) pays the claim again, which stands after all."""
    today = invoice.day(now)
    gone = [
        Entry("refund", "principal", -each.amount, today, ("refund gone", str(each.id)), payment=each.payment)
        for each in await refunds.cancel(connection, invoice, since, now)
    ]
    await _owe_back(connection, await _post(connection, invoice, gone, now), today, now)


async def write_off(connection: AsyncConnection, invoice: LockedInvoice, now: datetime) -> LockedInvoice:
    """Let go of the unpaid fees and interest of an invoice."""
    entries = (await ledger.history(connection, invoice.invoice_id)).entries

    def key_of(part: Part) -> Key:
        earlier = sum(each.source == "write-off" and each.part == part for each in entries)
        return next(keys("write-off", f"{invoice.invoice_id}/{part}", earlier))

    return await _owe_back(connection, await _let_go(connection, invoice, key_of, now), invoice.day(now), now)


async def lose(connection: AsyncConnection, invoice: LockedInvoice, now: datetime) -> LockedInvoice:
    """Write off all that is left of an invoice, as a loss: what is paid later recovers it."""
    earlier = sum(e.kind == "write-off" for e in (await ledger.history(connection, invoice.invoice_id)).entries)
    under = keys("write-off", f"{invoice.invoice_id}/loss", earlier + 1)
    today = invoice.day(now)
    lost = [
        Entry("write-off", part, -invoice.owed.of(part), today, next(under))
        for part in allocation.PARTS
        if invoice.owed.of(part)
    ]
    return await _post(connection, invoice, lost, now)


async def pay(
    connection: AsyncConnection, invoice: LockedInvoice, amount: Decimal, payment: Arrived, now: datetime
) -> Moved:
    """Book an amount of a payment. Fees that it shows were charged too late to be right are taken back with it.

    What was written off is owed again as far as money comes for it: a recovery. What is too much stays as credit on the
    principal, or is owed back, as the creditor wants it. What is paid for a case that is withdrawn, or a second time on the
    invoice page, is owed back whatever the creditor wants. Interest that ran at the collection partner is charged with the
    payment that brought it.
    """
    before, history = invoice, await ledger.history(connection, invoice.invoice_id)
    of_ours = amount if payment.split is None else amount - payment.split.interest
    if not invoice.withdrawn and (back := _again(history, invoice, of_ours, payment.booked_on, "recovery", payment.id)):
        invoice = await _post(connection, invoice, back, now)
    if payment.split is None:
        shared = allocate(amount, invoice.owed, invoice.order)
    else:
        shared = allocation.as_split(payment.split, invoice.owed)
        ran = payment.split.interest - max(invoice.owed.interest, ZERO)
        if ran > 0 and not invoice.withdrawn:
            charged = Entry("interest", "interest", ran, payment.booked_on, next(payment.keys), payment=payment.id)
            invoice = await _post(connection, invoice, [charged], now)
            shared = allocation.as_split(payment.split, invoice.owed)
    entries = _parts(shared, -1, "payment", payment)
    history = await ledger.history(connection, invoice.invoice_id)
    changes = (*history.changes, *((entry.booked_on, entry.amount) for entry in entries))
    fees = {fee.id: fee for fee in history.charged()}
    known = fees_to_take_back((ChargedFee(fee.id, fee.booked_on, fee.amount) for fee in fees.values()), changes)
    wrong = [fees[fee.id] for fee in known]
    if amount >= invoice.owed.total:  # who pays the fee with all the rest on its own day has read of it
        wrong = [fee for fee in wrong if fee.booked_on != payment.booked_on]
    if wrong:
        entries += [_reversal(fee, payment.booked_on) for fee in wrong]
        entries += _transfers(invoice, entries, payment.booked_on, payment.keys, payment.id)
    after = await _post(connection, invoice, entries, now)
    twice = min(amount, -after.owed.total) if payment.on_page else ZERO
    never_owed = amount if invoice.withdrawn else twice
    after = await _owe_back(connection, after, payment.booked_on, now, at_least=never_owed)
    return Moved(before, after, amount, payment.booked_on, "payment" if payment.split is None else "to the partner")


async def reverse(
    connection: AsyncConnection, invoice: LockedInvoice, amount: Decimal, payment: Arrived, now: datetime
) -> Moved:
    """Book that an amount (positive) which was paid is taken back.

    What is owed back of it has gone back with that; then credit goes, then the part that was paid last. Interest that was
    charged with a payment to the collection partner goes with that payment.
    """
    before = invoice
    gone = [
        Entry(
            "refund", "principal", -each.amount, payment.booked_on, ("refund gone", str(each.id)), payment=each.payment
        )
        for each in await refunds.settle(connection, invoice, amount, payment.id, now)
    ]
    invoice = await _post(connection, invoice, gone, now)
    credit = max(ZERO, -invoice.owed.principal)
    paid = (await ledger.history(connection, invoice.invoice_id)).paid
    paid = replace(paid, principal=paid.principal - credit)
    back = allocation.take_back(amount, paid, invoice.order, over=credit)
    after = await _post(connection, invoice, _parts(back, 1, "reversal", payment), now)
    if payment.takes_back is not None:
        charged = (await ledger.history(connection, invoice.invoice_id)).charged(("interest",))
        gone = [_reversal(each, payment.booked_on) for each in charged if each.payment_id == payment.takes_back]
        gone += _transfers(after, gone, payment.booked_on, payment.keys)
        after = await _post(connection, after, gone, now)
    return Moved(before, after, -amount, payment.booked_on, "to the partner" if payment.partner_has_it else "payment")


async def move_credit(
    connection: AsyncConnection,
    source: LockedInvoice,
    target: LockedInvoice,
    amount: Decimal,
    payment: int,
    under: Iterator[Key],
    now: datetime,
) -> tuple[LockedInvoice, Moved]:
    """Let an amount of a payment that is credit on one invoice pay another: from now on it was paid there."""
    arrived = Arrived(payment, target.day(now), under, on_page=False)
    gone = [Entry("reversal", "principal", amount, source.day(now), next(under), payment=payment)]
    after = await _post(connection, source, gone, now)
    paid = _parts(allocate(amount, target.owed, target.order), -1, "payment", arrived)
    return after, Moved(target, await _post(connection, target, paid, now), amount, arrived.booked_on)


async def return_credit(
    connection: AsyncConnection,
    source: LockedInvoice,
    target: LockedInvoice,
    amount: Decimal,
    payment: int,
    under: Iterator[Key],
    now: datetime,
) -> tuple[LockedInvoice, Moved]:
    """Undo `move_credit`, of all or a part: the amount is the source's again, and owed again on what it had paid."""
    arrived = Arrived(payment, target.day(now), under, on_page=False)
    over = max(ZERO, -target.owed.principal)
    paid = (await ledger.history(connection, target.invoice_id)).paid
    back = allocation.take_back(amount, replace(paid, principal=paid.principal - over), target.order, over=over)
    after = await _post(connection, target, _parts(back, 1, "reversal", arrived), now)
    again = _parts(allocate(amount, source.owed, source.order), -1, "payment", arrived)
    return await _post(connection, source, again, now), Moved(target, after, -amount, arrived.booked_on)


async def most_reversible(connection: AsyncConnection, invoice: LockedInvoice) -> Decimal:
    """The most that can be taken back of what was paid on an invoice: what is owed back of it included."""
    paid = (await ledger.history(connection, invoice.invoice_id)).paid.total
    return paid + await refunds.due_of(connection, invoice)


async def take_back(
    connection: AsyncConnection,
    invoice: LockedInvoice,
    charges: Sequence[Posted],
    under: Iterator[Key],
    now: datetime,
) -> Decimal:
    """Take back charges that should not stand, in full; what was paid of them pays the other parts. Gives how much."""
    today = invoice.day(now)
    back = [_reversal(charge, today) for charge in charges]
    after = await _post(connection, invoice, [*back, *_transfers(invoice, back, today, under)], now)
    await _owe_back(connection, after, today, now)
    return sum((charge.amount for charge in charges), ZERO)


async def take_back_interest(
    connection: AsyncConnection,
    invoice: LockedInvoice,
    amount: Decimal,
    under: Iterator[Key],
    now: datetime,
    *,
    charge: int | None = None,
) -> LockedInvoice:
    """Take back an amount of interest, all of one `charge` where it is named; what was paid of it pays the other parts."""
    today = invoice.day(now)
    back = [Entry("reversal", "interest", -amount, today, next(under), charge)]
    after = await _post(connection, invoice, [*back, *_transfers(invoice, back, today, under)], now)
    return await _owe_back(connection, after, today, now)


async def _owe_back(
    connection: AsyncConnection,
    invoice: LockedInvoice,
    on: date,
    now: datetime,
    *,
    at_least: Decimal = ZERO,
    by: str = "purr",
) -> LockedInvoice:
    """What is paid above all that is owed is owed back, of the latest payments, where the creditor does not keep it."""
    over = max(at_least, -invoice.owed.total if invoice.overpayment == "refund" else ZERO)
    if over <= 0:
        return invoice
    back = []
    for payment, paid in (await ledger.history(connection, invoice.invoice_id)).payments():
        if (part := min(over, paid)) > 0:
            refund = await refunds.owe(connection, payment, part, by, now, invoice=invoice)
            back.append(Entry("refund", "principal", part, on, ("refund", str(refund)), payment=payment))
            over -= part
    return await _post(connection, invoice, back, now)


async def _let_go(
    connection: AsyncConnection, invoice: LockedInvoice, key_of: Callable[[Part], Key], now: datetime
) -> LockedInvoice:
    left: list[tuple[Part, Decimal]] = [("interest", invoice.owed.interest), ("fee", invoice.owed.fee)]
    today = invoice.day(now)
    gone = [Entry("reversal", part, -amount, today, key_of(part)) for part, amount in left if amount > 0]
    return await _post(connection, invoice, gone, now)


def _again(
    history: ledger.History, invoice: LockedInvoice, amount: Decimal, on: date, source: str, of: str | int
) -> list[Entry]:
    """What lets losses be owed again that an amount is for, beyond what is owed: the principal first."""
    over = amount - max(ZERO, invoice.owed.total)
    again = []
    for part in allocation.PARTS:
        lost = -sum((e.amount for e in history.entries if e.kind == "write-off" and e.part == part), ZERO)
        if (taken := min(over, lost)) > 0:
            again.append(Entry("write-off", part, taken, on, (source, f"{of}/{invoice.invoice_id}/{part}")))
            over -= taken
    return again


def _parts(shared: Allocation, sign: Literal[1, -1], kind: str, payment: Arrived) -> list[Entry]:
    """An entry for each part of a payment; what is over is credit on the principal."""
    amounts = dict(shared.parts)
    if shared.over:
        amounts["principal"] = amounts.get("principal", ZERO) + shared.over
    return [
        Entry(kind, part, sign * amount, payment.booked_on, next(payment.keys), payment=payment.id)
        for part, amount in amounts.items()
    ]


def _reversal(charge: Posted, on: date) -> Entry:
    return Entry("reversal", charge.part, -charge.amount, on, ("reversal", str(charge.id)), charge.id)


def _transfers(
    invoice: LockedInvoice, entries: Iterable[Entry], on: date, under: Iterator[Key], payment: int | None = None
) -> list[Entry]:
    """What lets the credit that `entries` leave on one part pay the others."""
    freed = transfer_credit(_owed_after(invoice, entries), invoice.order)
    return [Entry("transfer", part, amount, on, next(under), payment=payment) for part, amount in freed]


def _owed_after(invoice: LockedInvoice, entries: Iterable[Entry]) -> Owed:
    parts = {part: invoice.owed.of(part) for part in allocation.PARTS}
    for entry in entries:
        parts[entry.part] += entry.amount
    return Owed(**parts)


async def _post(
    connection: AsyncConnection, invoice: LockedInvoice, entries: Sequence[Entry], now: datetime
) -> LockedInvoice:
    """Post entries of a locked invoice; gives it as it is after them. Raises AlreadyPosted."""
    if not entries:
        return invoice
    values = in_columns(Entry, entries) | {
        "creditor": invoice.creditor_id,
        "invoice": invoice.invoice_id,
        "currency": invoice.currency,
        "source": [e.key[0] for e in entries],
        "source_id": [e.key[1] for e in entries],
        "now": now,
    }
    if (await connection.execute(POST, values)).rowcount < len(entries):
        raise AlreadyPosted(f"of invoice {invoice.number}: {', '.join(f'{e.key[0]} {e.key[1]}' for e in entries)}")
    return replace(invoice, owed=_owed_after(invoice, entries))
