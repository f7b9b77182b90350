"""A debtor's statement of account at one creditor: every invoice that is owed or has credit, and what one payment pays."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.moment import moment_in
from domain.money.statement import Line, Sums, asks_of, sums
from facts.money import statements


@dataclass(frozen=True, slots=True)
class Payable:
    """What one payment pays in a currency, and the reference that it needs; None where no statement is issued for it."""

    sums: Sums
    reference: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """All that a debtor owes one creditor, the longest due first."""

    on: date
    lines: tuple[Line, ...]
    payable: tuple[Payable, ...]
    """One for each currency."""


async def read(connection: AsyncConnection, debtor: int, country: str, now: datetime) -> Statement:
    """How a debtor of a country stands with its creditor at `now`."""
    today = moment_in(country, now).day
    lines = await statements.lines(connection, debtor, today)
    standing = [
        await statements.standing(connection, debtor, each.currency, asks_of(lines, each.currency))
        for each in sums(lines)
    ]
    payable = tuple(map(Payable, sums(lines), standing))
    return Statement(today, tuple(lines), payable)
