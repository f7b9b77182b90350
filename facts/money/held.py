"""Money that a creditor holds and that is no debt: what waits for a person, and what is sent back; for its accounting.

Numbered as the ledger's entries are, so that an accounting day is closed over both at once. Never changed.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HOLD = "insert into held_entry (creditor_id, kind, payment_id, amount, currency, booked_on, account, happened_at)"
WAITS = text(f"""
{HOLD}
select creditor_id, 'waiting', id, amount, currency, booked_on, coalesce(account, source), :now
from incoming_payment where id = :payment
""")
# What never was held is not let go of: it came before this was kept, or waited for nobody.
NO_MORE = text(f"""
{HOLD}
select creditor_id, :kind, payment_id, :sign * sum(amount), currency, booked_on, account, :now from held_entry
where payment_id = :payment and kind = 'waiting' group by creditor_id, payment_id, currency, booked_on, account
having sum(amount) <> 0
""")
SENT = text(f"""
{HOLD}
select r.creditor_id, 'refund paid', r.payment_id, :amount, r.currency, :on,
  coalesce(:account, p.account, p.source), :now
from refund r join incoming_payment p on p.id = r.payment_id where r.id = :refund
""")


async def waits(connection: AsyncConnection, payment: int, now: datetime) -> None:
    """A payment came that waits for a person; below zero it takes back."""
    await connection.execute(WAITS, {"payment": payment, "now": now})


async def is_booked(connection: AsyncConnection, payment: int, now: datetime) -> None:
    """A payment is booked on its invoices: it waits no more, if it did."""
    await connection.execute(NO_MORE, {"payment": payment, "kind": "waiting", "sign": -1, "now": now})


async def is_owed_back(connection: AsyncConnection, payment: int, now: datetime) -> None:
    """A payment that waited is owed back to its payer."""
    await connection.execute(NO_MORE, {"payment": payment, "kind": "sent back", "sign": 1, "now": now})


async def is_sent(
    connection: AsyncConnection, refund: int, amount: Decimal, on: date, now: datetime, account: str | None = None
) -> None:
    """An amount of a refund left on a day, or is here again where it is below zero; else from where its payment came to."""
    values = {"refund": refund, "amount": amount, "on": on, "now": now, "account": account}
    await connection.execute(SENT, values)
