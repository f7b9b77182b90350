"""A debtor's statement of account at one creditor: every invoice that is owed or has credit, and what one payment pays."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.statement import Line, Sums, asks_of, sums
from facts.money import statements
from messages.content import StatementRow, StatementTerms


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

    def terms(self, currency: str) -> StatementTerms:
        """What a message says of it, in one currency."""
        (payable,) = (each for each in self.payable if each.sums.currency == currency)
        rows = tuple(
            StatementRow(
                number=f"{line.number} ({line.child})" if line.child else line.number,
                reference=line.reference or line.number,
                due_on=line.due_date,
                balance=line.balance,
                asked=line.asked,
                standing=line.standing,
                disputed=line.disputed,
            )
            for line in self.lines
            if line.currency == currency
        )
        of = payable.sums
        return StatementTerms(payable.reference or "", rows, of.due, of.asked, of.credit)


async def read(connection: AsyncConnection, debtor: int, today: date) -> Statement:
    """How a debtor stands with its creditor on a day of the debtor's."""
    lines = await statements.lines(connection, debtor, today)
    standing = [
        await statements.standing(connection, debtor, each.currency, asks_of(lines, each.currency))
        for each in sums(lines)
    ]
    payable = tuple(map(Payable, sums(lines), standing))
    return Statement(today, tuple(lines), payable)
