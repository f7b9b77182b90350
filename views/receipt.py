"""The receipt of an invoice: each payment of it, on which day and how it came, for the page and as a letter to keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money import sources

RECEIVED = text("""
select min(l.booked_on), -sum(l.amount), coalesce(max(p.source), '') from ledger_entry l
left join incoming_payment p on p.id = l.payment_id
where l.invoice_id = :invoice and l.payment_id is not null
group by l.payment_id having sum(l.amount) < 0 order by min(l.booked_on), min(l.id)
""")
WAYS = {
    sources.VIPPS: "vipps",
    sources.STRIPE: "card",
    sources.BANK_FILE: "bank",
    sources.BY_HAND: "bank",
    sources.PARTNER: "partner",
}
"""How money came, by who told of it; of all else it is not known."""


@dataclass(frozen=True, slots=True)
class Received:
    """One payment of the invoice, less what of it was sent back; the amount is in the invoice's currency."""

    on: date
    amount: Decimal
    way: str | None  # vipps | card | bank | partner


async def received(connection: AsyncConnection, invoice: int) -> Sequence[Received]:
    """The payments of an invoice that stand, oldest first."""
    rows = (await connection.execute(RECEIVED, {"invoice": invoice})).all()
    return [Received(on, amount, WAYS.get(source)) for on, amount, source in rows]
