"""The ledger: what is owed on an invoice, part by part. Entries are only ever added; what is left is their sum."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.allocation import Change, ChargedFee, Owed, Part

LOCK = text("""
select c.id as case_id, c.invoice_id, c.debtor_id, c.creditor_id, c.principal, c.interest, c.fee, c.state, c.outcome,
  i.currency, i.number, d.country, cr.overpayment, cr.allocation
from dunning_case c join invoice i on i.id = c.invoice_id join creditor cr on cr.id = c.creditor_id
join debtor d on d.id = c.debtor_id
where c.id = any(:cases) order by c.id for update of c
""")
ENTRIES = text("""
select id, kind, part, amount, booked_on, payment_id,
  (select r.id from ledger_entry r where r.reverses = e.id limit 1) is not null as reversed
from ledger_entry e where invoice_id = :invoice order by id
""")
POST = text("""
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, reverses,
    payment_id, happened_at)
select :creditor, e.invoice, e.kind, e.part, e.amount, :currency, e.booked_on, e.source, e.source_id, e.reverses,
    e.payment, :now
from unnest(cast(:invoices as int[]), cast(:kinds as text[]), cast(:parts as text[]), cast(:amounts as numeric[]),
    cast(:days as date[]), cast(:sources as text[]), cast(:source_ids as text[]), cast(:reverses as int[]),
    cast(:payments as int[])) as e(invoice, kind, part, amount, booked_on, source, source_id, reverses, payment)
""")
DISAGREEING = text("""
select c.id from dunning_case c
left join lateral (select coalesce(sum(amount) filter (where part = 'principal'), 0) as principal,
    coalesce(sum(amount) filter (where part = 'interest'), 0) as interest,
    coalesce(sum(amount) filter (where part = 'fee'), 0) as fee
  from ledger_entry where invoice_id = c.invoice_id) l on true
where (c.principal, c.interest, c.fee) is distinct from (l.principal, l.interest, l.fee) order by c.id
""")
FEE_KINDS = ("fee", "compensation")


@dataclass(frozen=True, slots=True)
class Standing:
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
    owed: Owed
    overpayment: str
    allocation: tuple[Part, ...] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry about to be posted. Positive amounts add to the debt."""

    invoice_id: int
    kind: str
    part: Part
    amount: Decimal
    booked_on: date
    source: str
    source_id: str
    reverses: int | None = None
    payment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry of an invoice's history."""

    id: int
    kind: str
    part: Part
    amount: Decimal
    booked_on: date
    payment_id: int | None
    reversed: bool


@dataclass(frozen=True, slots=True)
class History:
    """Everything ever posted on one invoice, oldest first."""

    entries: tuple[Posted, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the debtor owed of the invoice itself, from which day: the principal, credits, and payments, whole."""
        return tuple((e.booked_on, e.amount) for e in self.entries if e.part == "principal" or e.payment_id is not None)

    @property
    def principal(self) -> tuple[Change, ...]:
        """How the principal changed, from which day."""
        return tuple((e.booked_on, e.amount) for e in self.entries if e.part == "principal")

    @property
    def standing_fees(self) -> tuple[ChargedFee, ...]:
        """The fees and compensations that were charged and not taken back."""
        return tuple(
            ChargedFee(e.id, e.booked_on, e.amount) for e in self.entries if e.kind in FEE_KINDS and not e.reversed
        )

    @property
    def paid(self) -> Owed:
        """What payments have paid of each part, less what was taken back of them; credit counts as principal."""
        paid: dict[Part, Decimal] = {"principal": Decimal(0), "interest": Decimal(0), "fee": Decimal(0)}
        for entry in self.entries:
            if entry.kind in ("payment", "refund", "transfer") or (entry.kind == "reversal" and entry.payment_id):
                paid[entry.part] -= entry.amount
        return Owed(**paid)


async def lock(connection: AsyncConnection, cases: Iterable[int]) -> list[Standing]:
    """Lock the invoices of these cases, in the order of their ids; gives where they stand."""
    rows = (await connection.execute(LOCK, {"cases": list(cases)})).all()
    return [standing(row) for row in rows]


def standing(row: Any) -> Standing:
    """A locked invoice from a row with the columns of `LOCK`."""
    return Standing(
        case_id=row.case_id,
        invoice_id=row.invoice_id,
        debtor_id=row.debtor_id,
        creditor_id=row.creditor_id,
        number=row.number,
        country=row.country,
        currency=row.currency,
        state=row.state,
        outcome=row.outcome,
        owed=Owed(row.principal, row.interest, row.fee),
        overpayment=row.overpayment,
        allocation=tuple(row.allocation) if row.allocation else None,
    )


async def history(connection: AsyncConnection, invoice: int) -> History:
    """Everything posted on an invoice; lock its case first where more is posted after."""
    return History(tuple(Posted(*row) for row in (await connection.execute(ENTRIES, {"invoice": invoice})).all()))


async def post(
    connection: AsyncConnection, creditor: str, currency: str, entries: Sequence[Entry], now: datetime
) -> None:
    """Post entries of one creditor in one currency. Their cases are locked by the caller."""
    if not entries:
        return
    values = {
        "creditor": creditor,
        "currency": currency,
        "invoices": [e.invoice_id for e in entries],
        "kinds": [e.kind for e in entries],
        "parts": [e.part for e in entries],
        "amounts": [e.amount for e in entries],
        "days": [e.booked_on for e in entries],
        "sources": [e.source for e in entries],
        "source_ids": [e.source_id for e in entries],
        "reverses": [e.reverses for e in entries],
        "payments": [e.payment_id for e in entries],
        "now": now,
    }
    await connection.execute(POST, values)


async def disagreeing(connection: AsyncConnection) -> list[int]:
    """The cases whose kept balances differ from their recomputed ledgers: none, or something is broken."""
    return list((await connection.execute(DISAGREEING)).scalars())
