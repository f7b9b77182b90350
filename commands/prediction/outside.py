"""A fact from outside, as a line of a file or a person tells it: whose customers it is about, and what becomes of it."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.outside_facts import ReadOutsideFact
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.prediction import outside
from facts.refusals import Refused


async def take(
    connection: AsyncConnection, creditor: str | None, read: ReadOutsideFact, by: str
) -> tuple[Literal["new", "known", "rejected"], str | None]:
    """Keep a fact once, of the named creditor or of the one its line names: what became of it, and why not."""
    if read.model is None:
        return "rejected", read.reason
    try:
        async with connection.begin_nested():
            owner = await find_creditor(connection, creditor or read.creditor)
            if creditor and read.creditor and (await find_creditor(connection, read.creditor)).id != owner.id:
                return "rejected", f"creditor is {read.creditor}, and the file is imported for {creditor}"
            return await outside.record(
                connection, owner.id, read.model, by, await clock.now(connection, owner.id)
            ), None
    except Refused as why:
        return "rejected", str(why)
