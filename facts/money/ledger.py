"""The ledger read: what is owed on an invoice, part by part, and all that ever changed it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.allocation import Change, Owed, Part, order_of

FEES = ("fee", "compensation")
FEES_AND_INTEREST = (*FEES, "interest")

LOCK = """
select c.id, c.invoice_id, c.debtor_id, c.creditor_id, i.number, d.country, i.currency, c.state, c.outcome,
  c.withdrawn_at is not null, p.ignore_balance_below, c.principal, c.interest, c.fee, cr.overpayment, cr.allocation,
  c.allocation_rules
from dunning_case c join invoice i on i.id = c.invoice_id join creditor cr on cr.id = c.creditor_id
join debtor d on d.id = c.debtor_id join policy_text p on p.hash = c.policy_hash
"""
LOCK_CASES = text(f"{LOCK} where c.id = any(:cases) order by c.id for update of c")
LOCK_NUMBER = text(f"{LOCK} where i.creditor_id = :creditor and i.number = :number for update of c")
# The part of a case `c` that money pays first, as `order_of` has it.
PAID_FIRST = """coalesce(
  case when coalesce(cast(c.allocation_rules ->> 'creditor_may_change' as bool), true)
    then (select allocation ->> 0 from creditor where id = c.creditor_id) end,
  c.allocation_rules -> 'order' ->> 0, 'principal')"""
ENTRIES = text("""
select id, kind, part, amount, booked_on, source, source_id, payment_id,
  (select r.id from ledger_entry r where r.reverses = e.id limit 1) is not null as reversed
from ledger_entry e where invoice_id = :invoice order by id
""")
DISAGREEING = text("""
select c.id from dunning_case c
left join lateral (select coalesce(sum(amount) filter (where part = 'principal'), 0) as principal,
    coalesce(sum(amount) filter (where part = 'interest'), 0) as interest,
    coalesce(sum(amount) filter (where part = 'fee'), 0) as fee
  from ledger_entry where invoice_id = c.invoice_id) l on true
where (c.principal, c.interest, c.fee) is distinct from (l.principal, l.interest, l.fee) order by c.id
""")


@dataclass(frozen=True, slots=True)
class LockedInvoice:
    """A locked invoice: what is left of it in each part, and whose rules its money follows."""

    case_id: int
    invoice_id: int
    debtor_id: int
    creditor_id: str
    number: str
    country: str  # the debtor's, whose local day counts
    currency: str
    state: str
    outcome: str | None
    withdrawn: bool
    too_little: Decimal  # the case's policy asks for no rest below it
    owed: Owed
    overpayment: str
    order: tuple[Part, ...]  # in which money pays the parts

    def day(self, now: datetime) -> date:
        """The debtor's local day, on which what we do ourselves is booked."""
        return moment_in(self.country, now).day


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry of an invoice's history. Positive amounts add to the debt."""

    id: int
    kind: str
    part: Part
    amount: Decimal
    booked_on: date
    source: str
    source_id: str
    payment_id: int | None
    reversed: bool


@dataclass(frozen=True, slots=True)
class History:
    """Everything ever posted on one invoice, oldest first."""

    entries: tuple[Posted, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the debtor owed of the invoice itself, from which day: the principal, credits, and payments, whole.

        Interest that came with a payment counts against it, for as long as it stands.
        """
        gone = {e.id for e in self.entries if e.kind == "interest" and e.reversed}
        return tuple(
            (e.booked_on, e.amount)
            for e in self.entries
            if e.part == "principal" or (e.payment_id is not None and e.id not in gone)
        )

    @property
    def principal(self) -> tuple[Change, ...]:
        """How the principal changed, from which day."""
        return tuple((e.booked_on, e.amount) for e in self.entries if e.part == "principal")

    @property
    def paid(self) -> Owed:
        """What payments have paid of each part, less what was taken back of them; credit counts as principal."""
        paid: dict[Part, Decimal] = {"principal": Decimal(0), "interest": Decimal(0), "fee": Decimal(0)}
        for entry in self.entries:
            if entry.kind in ("payment", "refund", "transfer") or (entry.kind == "reversal" and entry.payment_id):
                paid[entry.part] -= entry.amount
        return Owed(**paid)

    def payments(self) -> list[tuple[int, Decimal]]:
        """What each payment has paid and nobody is owed back, the latest first, by its id."""
        paid: dict[int, Decimal] = {}
        for entry in self.entries:
            if entry.payment_id is not None:
                paid[entry.payment_id] = paid.get(entry.payment_id, Decimal(0)) - entry.amount
        return list(paid.items())[::-1]

    def charged(self, kinds: Collection[str] = FEES) -> tuple[Posted, ...]:
        """The charges of these kinds that stand: not taken back."""
        return tuple(e for e in self.entries if e.kind in kinds and not e.reversed)


async def lock(connection: AsyncConnection, cases: Iterable[int]) -> list[LockedInvoice]:
    """Lock the invoices of these cases, in the order of their ids."""
    rows = (await connection.execute(LOCK_CASES, {"cases": list(cases)})).all()
    return [_locked(row) for row in rows]


async def lock_number(connection: AsyncConnection, creditor: str, number: str) -> LockedInvoice | None:
    """Lock a creditor's invoice by its number; None where there is no such invoice."""
    row = (await connection.execute(LOCK_NUMBER, {"creditor": creditor, "number": number})).one_or_none()
    return None if row is None else _locked(row)


async def history(connection: AsyncConnection, invoice: int) -> History:
    """Everything posted on an invoice; lock its case first where more is posted after."""
    return History(tuple(Posted(*row) for row in (await connection.execute(ENTRIES, {"invoice": invoice})).all()))


async def disagreeing(connection: AsyncConnection) -> list[int]:
    """The cases whose kept balances differ from their recomputed ledgers: none, or something is broken."""
    return list((await connection.execute(DISAGREEING)).scalars())


def _locked(row: Any) -> LockedInvoice:
    *told, principal, interest, fee, overpayment, creditors_own, rules = row
    values = (*told, Owed(principal, interest, fee), overpayment, order_of(rules, creditors_own))
    return LockedInvoice(*values)
