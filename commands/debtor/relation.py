"""An event of a customer relation, as a line of a file tells it: whose customer it is, and what becomes of it."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.customer_relations import ReadRelation
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.parties import relations
from facts.refusals import Refused


async def take(
    connection: AsyncConnection, creditor: str | None, read: ReadRelation
) -> tuple[Literal["new", "known", "rejected"], str | None]:
    """Keep an event once, of the named creditor's customer or of whom the line names: what became of it, and why not."""
    if read.model is None:
        return "rejected", read.reason
    try:
        async with connection.begin_nested():
            owner = await find_creditor(connection, creditor or read.creditor)
            if creditor and read.creditor and (await find_creditor(connection, read.creditor)).id != owner.id:
                return "rejected", f"creditor is {read.creditor}, and the file is imported for {creditor}"
            now = await clock.now(connection, owner.id)
            return await relations.record(connection, owner.id, read.model, now), None
    except Refused as why:
        return "rejected", str(why)
