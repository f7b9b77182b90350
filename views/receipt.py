"""The receipt of an invoice: each payment of it, on which day and how it came, for the page and as a letter to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money import sources
from domain.money.ways_to_pay import CARD, VIPPS, WAYS

RECEIVED = text("""
select min(l.booked_on), -sum(l.amount), coalesce(max(p.source), ''), max(a.way) from ledger_entry l
left join incoming_payment p on p.id = l.payment_id
left join payment_attempt a on a.provider = p.source and a.provider_id = split_part(p.source_id, ' ', 1)
where l.invoice_id = :invoice and l.payment_id is not null
group by l.payment_id having sum(l.amount) < 0 order by min(l.booked_on), min(l.id)
""")
TOLD_BY = {
    sources.VIPPS: VIPPS,
    sources.STRIPE: CARD,
    sources.BANK_FILE: "bank",
    sources.BY_HAND: "bank",
    sources.PARTNER: "partner",
}
"""How money came, by who told of it, where no payment that was begun here says so; of all else it is not known."""


@dataclass(frozen=True, slots=True)
class Received:
    """One payment of the invoice, less what of it was sent back; the amount is in the invoice's currency."""

    on: date
    amount: Decimal
    way: str | None  # of `domain/money/ways_to_pay.py`, bank or partner


async def received(connection: AsyncConnection, invoice: int) -> Sequence[Received]:
    """The payments of an invoice that stand, oldest first."""
    rows = (await connection.execute(RECEIVED, {"invoice": invoice})).all()
    return [Received(on, amount, way if way in WAYS else TOLD_BY.get(source)) for on, amount, source, way in rows]
