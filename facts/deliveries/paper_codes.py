"""Codes on paper: short enough to type or read aloud, each opens the invoice page of one letter for a time."""

import secrets
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that nobody takes for another: no 0 and O, no 1 and I."""
LENGTH = 10  # 50 bits: with a limit on tries, nobody guesses one

KEEP = text("""
insert into paper_code (code, delivery_id, invoice_id, expires_on) values (:code, :delivery, :invoice, :expires_on)
""")
READ = text("""
select p.invoice_id, d.serial from paper_code p join delivery d on d.id = p.delivery_id
where p.code = :code and :today <= p.expires_on
""")


def new() -> str:
    """A code that nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def written(code: str) -> str:
    """A code as it is printed: two groups of five."""
    return f"{code[:5]}-{code[5:]}"


async def keep(connection: AsyncConnection, code: str, delivery: UUID, invoice: int, expires_on: date) -> None:
    """The letter of this delivery carries the code, which opens the invoice through `expires_on`."""
    values = {"code": code, "delivery": delivery, "invoice": invoice, "expires_on": expires_on}
    await connection.execute(KEEP, values)


async def read(connection: AsyncConnection, typed: str, today: date) -> tuple[int, int] | None:
    """The invoice that a typed code opens and the serial number of its letter, however the code was spaced and in
    whichever case; None for one that is wrong or too old.
    """
    code = "".join(sign for sign in typed.upper() if sign.isalnum())
    row = (await connection.execute(READ, {"code": code, "today": today})).one_or_none()
    return (row.invoice_id, row.serial) if row else None
