"""A line of what a creditor tells: whose it is, kept once, or rejected by itself with the reason."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.told_lines import ToldLine
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.refusals import Refused

Model = TypeVar("Model", bound=BaseModel)
Record = Callable[[AsyncConnection, str, Model, datetime], Awaitable[Literal["new", "known"]]]
"""Keeps what is told of a creditor, by its id, at a moment of its clock; refused in words."""


async def take_line(
    connection: AsyncConnection, creditor: str | None, told: ToldLine[Model], record: Record[Model]
) -> tuple[Literal["new", "known", "rejected"], str | None]:
    """Keep a line once, of the named creditor or of the one that it names: what became of it, and why not."""
    if told.model is None:
        return "rejected", told.reason
    try:
        async with connection.begin_nested():
            owner = await find_creditor(connection, creditor or told.creditor)
            if creditor and told.creditor and (await find_creditor(connection, told.creditor)).id != owner.id:
                return "rejected", f"creditor is {told.creditor}, and the file is imported for {creditor}"
            return await record(connection, owner.id, told.model, await clock.now(connection, owner.id)), None
    except Refused as why:
        return "rejected", str(why)
