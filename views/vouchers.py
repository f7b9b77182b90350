"""What a closed accounting day says, as rows for the creditor's accounting."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.voucher_rows import Row, rows_of
from facts.money import accounting
from facts.money.accounting import AccountingDay
from facts.refusals import Unknown


async def closed_day(connection: AsyncConnection, creditor: str, day: date) -> tuple[AccountingDay, list[Row]]:
    """A closed day and its rows. Raises Unknown."""
    found = await accounting.days(connection, creditor, day)
    if not found:
        raise Unknown(f"{day} is not closed: the list of days names those that are")
    return found[0], await rows(connection, found[0])


async def rows(connection: AsyncConnection, closed: AccountingDay) -> list[Row]:
    """The rows of a closed day, with whose each invoice is."""
    customers = await accounting.customers(connection, closed.creditor, closed.invoices)
    return rows_of(closed.day, closed.closed_on, closed.vouchers, customers)
