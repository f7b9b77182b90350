"""The keys that creditors' ids are sealed with: one for each creditor, made with it and never replaced."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

OF_ONE = text("select id_key from creditor where id = :creditor")
OF_ALL = text("select id, id_key from creditor order by id")
TOLD_PLAINLY = text("select coalesce((select up_to from plain_number where kind = :kind), 0)")


async def of_creditor(connection: AsyncConnection, creditor: str) -> bytes:
    """A creditor's key."""
    key: bytes = (await connection.execute(OF_ONE, {"creditor": creditor})).scalar_one()
    return key


async def of_all(connection: AsyncConnection) -> list[tuple[str, bytes]]:
    """Each creditor with its key."""
    return [(row.id, row.id_key) for row in (await connection.execute(OF_ALL)).all()]


async def told_plainly(connection: AsyncConnection, kind: str) -> int:
    """Up to which number creditors were told a kind's numbers as they are: none of these is a secret any more."""
    number: int = (await connection.execute(TOLD_PLAINLY, {"kind": kind})).scalar_one()
    return number
