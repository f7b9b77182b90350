"""What money does to an invoice beyond the plain case: over- and part payments, reversals, late discovery, recall, reopening."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import Calendar
from domain.moment import moment_in, zone_of
from domain.money.allocation import Owed, Part, allocate, fees_to_take_back, take_back
from domain.money.allocation import settle as settle_credit
from domain.planner.case_facts import Asked
from domain.planner.notices import covered
from facts import diary
from facts.money import ledger
from facts.money.ledger import Entry, Standing
from facts.outbox import tell
from facts.webhooks.outgoing import Event, emit_many

# Principal first is the kinder order: it is the part that interest runs on and that a hand-off may concern.
DEFAULT_ORDER: tuple[Part, ...] = ("principal", "interest", "fee")
NEW_DAYS = timedelta(days=14)  # a case that is opened again gives at least this long to pay

# A settled case opens again: a new round, nothing retroactive.
REOPEN = text("""
with opened as (
  update dunning_case set state = 'open', outcome = null, round = round + 1 where id = :case returning invoice_id)
update invoice set due_date = greatest(due_date, cast(:due as date)) where id = (select invoice_id from opened)
""")
# What the partner may ask for is what the last notice asked for; one from before the case was ours asked for the invoice
# without costs.
HAND_OFF = text("""
select h.id, h.state, n.deadline, b.country, coalesce(n.asked_principal, i.amount) as asked_principal,
  coalesce(n.asked_costs, 0) as asked_costs
from hand_off h join dunning_case c on c.id = h.case_id join debtor b on b.id = c.debtor_id
join invoice i on i.id = c.invoice_id
left join lateral (
  select dc.asked_principal, dc.asked_costs, max(d.deadline) over () as deadline
  from delivery d join delivery_case dc on dc.delivery_id = d.id
  where dc.case_id = h.case_id and d.message = 'collection-notice' and not d.alert and d.state <> 'failed'
  order by d.claimed_at desc, d.id limit 1) n on true
where h.case_id = :case and (h.state in ('exported', 'accepted') or (h.state = 'recalled' and h.reason = :paid_in_time))
order by h.id desc limit 1
""")
TELL_PARTNER = text("""
insert into hand_off_message (hand_off_id, kind, amount, ordered_on, reason, happened_at)
values (:hand_off, :kind, :amount, :ordered_on, :reason, :at)
""")
RECALLED = text("update hand_off set state = 'recalled', reason = :reason, answered_at = :at where id = :hand_off")
PAID_IN_TIME = "paid in time"
# One task for a case, open again whenever more is taken back.
UNASKED = text("""
insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
select creditor_id, id, round, '', 'taken back', :why, :at from dunning_case where id = :case
on conflict (case_id, round, step, kind) do update set done_at = null, done_by = null, result = null, why = excluded.why,
  happened_at = excluded.happened_at
""")
REFUND = text("""
insert into refund (creditor_id, payment_id, invoice_id, amount, currency, to_account, state, by, happened_at)
select :creditor, p.id, :invoice, :amount, :currency, p.debit_account, 'due', :by, :at from incoming_payment p
where p.id = :payment returning id, (select source_id from incoming_payment where id = :payment) as payment
""")
UNBLOCK = text("""
with free as (
  update service_block set unblocked_at = :at where case_id = :case and unblocked_at is null returning case_id)
select c.creditor_id, i.number, d.customer_number from free join dunning_case c on c.id = free.case_id
join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
""")
PLAN_KEPT = text("""
update instalment_plan set state = 'kept', ended_at = :at where case_id = :case and state = 'active' returning id
""")


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a payment that is for one invoice; negative takes back."""

    standing: Standing
    amount: Decimal


async def settle(
    connection: AsyncConnection,
    payment: int,
    booked_on: date,
    key: tuple[str, str],
    shares: Sequence[Share],
    now: datetime,
) -> list[Decimal]:
    """Book the shares of one payment on their locked invoices; gives what is left of each.

    `key` is the payment's source and id there. What follows from the money follows at once: fees that it shows
    were charged too late to be right are taken back, too much is kept as credit or owed back, a settled case opens
    again when its money is gone, the collection partner hears of it, a blocked service is free.
    """
    left, used = [], 0
    for share in shares:
        standing = share.standing
        posted = _entries(share, payment, booked_on, key, await ledger.history(connection, standing.invoice_id), used)
        used += len(posted)
        if standing.overpayment == "refund" and share.amount > 0:
            posted += await _refund(connection, standing, posted, payment, booked_on, now)
        await ledger.post(connection, standing.creditor_id, standing.currency, posted, now)
        after = _after(standing.owed, posted)
        await _follow(connection, share, after, booked_on, now)
        left.append(after.total)
    return left


def _parts_of(
    standing: Standing,
    parts: Iterable[tuple[Part, Decimal]],
    payment: int,
    booked_on: date,
    key: tuple[str, str],
    *,
    kind: str,
    first: int,
) -> list[Entry]:
    """The entries for amounts that are taken off the parts of an invoice, each under an id of its own."""
    source, source_id = key
    return [
        Entry(
            invoice_id=standing.invoice_id,
            kind=kind,
            part=part,
            amount=-amount,
            booked_on=booked_on,
            source=source,
            source_id=f"{source_id}#{number}" if number else source_id,
            payment_id=payment,
        )
        for number, (part, amount) in enumerate(parts, start=first)
    ]


def _entries(
    share: Share, payment: int, booked_on: date, key: tuple[str, str], history: ledger.History, used: int
) -> list[Entry]:
    """The share's own entries, the fees that it shows to be wrong, and what their going sets free."""
    standing, amount = share.standing, share.amount
    order = standing.allocation or DEFAULT_ORDER
    if amount > 0:
        shared = allocate(amount, standing.owed, order)
        parts = _with_credit(shared.parts, shared.over)
        entries = _parts_of(standing, parts, payment, booked_on, key, kind="payment", first=used)
    else:
        credit = max(Decimal(0), -standing.owed.principal)
        paid = replace(history.paid, principal=history.paid.principal - credit)
        back = take_back(-amount, paid, order, over=credit)
        parts = tuple((part, -taken) for part, taken in _with_credit(back.parts, back.over))
        entries = _parts_of(standing, parts, payment, booked_on, key, kind="reversal", first=used)
    changes = (*history.changes, *((entry.booked_on, entry.amount) for entry in entries))
    wrong = fees_to_take_back(history.standing_fees, changes) if amount > 0 else ()
    if amount >= standing.owed.total:  # who pays the fee with all the rest on its own day has read of it
        wrong = tuple(fee for fee in wrong if fee.charged_on != booked_on)
    entries += [
        Entry(standing.invoice_id, "reversal", "fee", -fee.amount, booked_on, "reversal", str(fee.id), reverses=fee.id)
        for fee in wrong
    ]
    if wrong:
        freed = tuple((part, -moved) for part, moved in settle_credit(_after(standing.owed, entries), order))
        entries += _parts_of(
            standing, freed, payment, booked_on, key, kind="transfer", first=used + len(entries) - len(wrong)
        )
    return entries


def _with_credit(parts: tuple[tuple[Part, Decimal], ...], over: Decimal) -> tuple[tuple[Part, Decimal], ...]:
    """The parts with what is over on the principal: a credit."""
    if not over:
        return parts
    amounts = dict(parts)
    amounts["principal"] = amounts.get("principal", Decimal(0)) + over
    return tuple(amounts.items())


def _after(owed: Owed, entries: Iterable[Entry]) -> Owed:
    parts = {part: owed.of(part) for part in DEFAULT_ORDER}
    for entry in entries:
        parts[entry.part] += entry.amount
    return Owed(**parts)


async def _refund(
    connection: AsyncConnection,
    standing: Standing,
    posted: Sequence[Entry],
    payment: int,
    booked_on: date,
    now: datetime,
) -> list[Entry]:
    """Where the creditor sends back what was paid too much: the entry that takes the credit off the invoice."""
    credit = -(standing.owed.total + sum(entry.amount for entry in posted))
    if credit <= 0:
        return []
    refund = await owe_back(connection, standing, payment, credit, "purr", now)
    entry = Entry(
        standing.invoice_id, "refund", "principal", credit, booked_on, "refund", str(refund), payment_id=payment
    )
    return [entry]


async def owe_back(
    connection: AsyncConnection, standing: Standing, payment: int, amount: Decimal, by: str, now: datetime
) -> int:
    """Note that the creditor owes an amount of a payment back; gives the refund's number."""
    values = {
        "creditor": standing.creditor_id,
        "payment": payment,
        "invoice": standing.invoice_id,
        "amount": amount,
        "currency": standing.currency,
        "by": by,
        "at": now,
    }
    refund, source_id = (await connection.execute(REFUND, values)).one()
    data = {
        "invoice": standing.number,
        "payment": source_id,
        "refund": refund,
        "amount": str(amount),
        "currency": standing.currency,
    }
    await emit_many(connection, [Event(standing.creditor_id, "payment.refund_due", data)], now)
    return int(refund)


async def _follow(connection: AsyncConnection, share: Share, after: Owed, booked_on: date, now: datetime) -> None:
    """What money brings about: the partner hears, the service is free, the plan is kept, the case goes on or opens."""
    standing, case, balance = share.standing, share.standing.case_id, after.total
    await _tell_partner(connection, share, after, booked_on, now)
    if balance <= 0:
        await unblock(connection, case, now)
        plan = (await connection.execute(PLAN_KEPT, {"case": case, "at": now})).scalar_one_or_none()
        if plan is not None:
            data = {"invoice": standing.number, "plan": plan}
            await emit_many(connection, [Event(standing.creditor_id, "plan.kept", data)], now)
    was_settled = standing.state == "closed" and standing.outcome in ("paid", "balance ignored")
    reopens = share.amount < 0 and balance > 0 and was_settled
    if reopens:
        await connection.execute(REOPEN, {"case": case, "due": moment_in(standing.country, now).day + NEW_DAYS})
        await diary.write(connection, "reopened", "bank", [(case, {})], now)
        data = {"invoice": standing.number, "why": "its payment was taken back"}
        await emit_many(connection, [Event(standing.creditor_id, "case.reopened", data)], now)
    await tell(connection, [case], "payment_received", now, reopens=reopens)


async def _tell_partner(connection: AsyncConnection, share: Share, after: Owed, booked_on: date, now: datetime) -> None:
    """The collection partner hears of money that came to us or was taken back; a case paid in time is recalled."""
    case = share.standing.case_id
    hand_off = (await connection.execute(HAND_OFF, {"case": case, "paid_in_time": PAID_IN_TIME})).one_or_none()
    if hand_off is None:
        return
    if share.amount < 0:
        await _taken_back(connection, share, hand_off, after, booked_on, now)
        return
    if hand_off.state == "recalled":
        return
    message = {"hand_off": hand_off.id, "ordered_on": booked_on, "reason": None, "at": now}
    await connection.execute(TELL_PARTNER, message | {"kind": "direct_payment", "amount": share.amount})
    if after.total <= 0 and hand_off.deadline is not None and _in_time(booked_on, hand_off):
        recall = {"kind": "recall", "amount": None, "ordered_on": None, "reason": PAID_IN_TIME}
        await connection.execute(TELL_PARTNER, message | recall)
        await connection.execute(RECALLED, {"hand_off": hand_off.id, "reason": PAID_IN_TIME, "at": now})


async def _taken_back(
    connection: AsyncConnection, share: Share, hand_off: Any, after: Owed, booked_on: date, now: datetime
) -> None:
    """The debt is larger again: the partner asks for no more of it than a notice did; a person hears of the rest."""
    asked = Asked(hand_off.asked_principal, hand_off.asked_costs)
    before, now_owed = (Asked(owed.principal, owed.interest + owed.fee) for owed in (share.standing.owed, after))
    unasked = after.total
    if hand_off.state != "recalled":
        unasked -= covered(asked, now_owed)
        more = covered(asked, now_owed) - covered(asked, before)
        message = {"kind": "change", "amount": more, "ordered_on": booked_on, "reason": "payment reversed"}
        if more > 0:
            await connection.execute(TELL_PARTNER, message | {"hand_off": hand_off.id, "at": now})
    if unasked > 0:
        amount = f"{share.standing.currency} {unasked}"
        why = (
            f"{amount} is owed since a payment was taken back, and no notice that holds asked for it: the collection "
            "partner is not told of it. Invoice it anew, or let it go"
        )
        await connection.execute(UNASKED, {"case": share.standing.case_id, "why": why, "at": now})


def _in_time(booked_on: date, hand_off: Any) -> bool:
    """Whether money was ordered by the notice's last day: such an order is booked on the next banking day."""
    next_day = Calendar(hand_off.country, zone_of(hand_off.country).key).add_banking_days(hand_off.deadline, 1)
    return booked_on <= next_day


async def take_back_fees(
    connection: AsyncConnection, case: int, reason: str, now: datetime, *, interest: bool = False
) -> Decimal:
    """Take back every fee and compensation of a case that stands, and let what was paid of them pay the other parts.

    With `interest` that too. Gives how much was taken back, in the invoice's currency. Locks the case.
    """
    (standing,) = await ledger.lock(connection, [case])
    kinds = (*ledger.FEE_KINDS, "interest") if interest else ledger.FEE_KINDS
    entries = (await ledger.history(connection, standing.invoice_id)).entries
    charged = [entry for entry in entries if entry.kind in kinds and not entry.reversed]
    today = moment_in(standing.country, now).day
    back = [
        Entry(
            standing.invoice_id, "reversal", each.part, -each.amount, today, "reversal", str(each.id), reverses=each.id
        )
        for each in charged
    ]
    order = standing.allocation or DEFAULT_ORDER
    freed = settle_credit(_after(standing.owed, back), order) if back else ()
    key = f"{standing.number}/{now.isoformat()}"
    back += [
        Entry(standing.invoice_id, "transfer", part, amount, today, reason, f"{key}#{number}")
        for number, (part, amount) in enumerate(freed, start=1)
    ]
    await ledger.post(connection, standing.creditor_id, standing.currency, back, now)
    return sum((each.amount for each in charged), Decimal(0))


async def unblock(connection: AsyncConnection, case: int, now: datetime) -> None:
    """Free a service that was blocked for this case, and tell the creditor's system at once."""
    for free in (await connection.execute(UNBLOCK, {"case": case, "at": now})).all():
        data = {"invoice": free.number, "customer_number": free.customer_number}
        await emit_many(connection, [Event(free.creditor_id, "service.unblock", data)], now)
