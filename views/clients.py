"""Whom a guardian or adviser stands in for at a creditor: one address that was registered, many debtors."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.going_on import GOES_ON
from facts.parties.adviser_codes import STANDS_IN, as_registered

CLIENTS = text(f"""
select d.id, d.customer_number, d.name, d.representative,
  (select count(*) from dunning_case c where c.debtor_id = d.id and {GOES_ON}) as open_cases,
  (select coalesce(sum(c.balance), 0) from dunning_case c where c.debtor_id = d.id and c.state = 'open') as balance
from debtor d
where d.creditor_id = :creditor and {STANDS_IN}
order by d.name, d.id
""")


@dataclass(frozen=True, slots=True)
class Client:
    """A debtor for whom somebody stands in, and what is open."""

    customer_number: str | None
    name: str
    represented_by: str
    open_cases: int
    balance: Decimal


async def clients_of(connection: AsyncConnection, creditor: str, address: str) -> Sequence[Client]:
    """All debtors of a creditor for whom whoever has this email address or phone number stands in, by name."""
    return [client for _, client in await numbered_clients_of(connection, creditor, address)]


async def numbered_clients_of(connection: AsyncConnection, creditor: str, address: str) -> Sequence[tuple[int, Client]]:
    """The same, each with the debtor's number of ours."""
    values = {"creditor": creditor, "keys": as_registered(address)}
    rows = (await connection.execute(CLIENTS, values)).all()
    return [(number, Client(*shown)) for number, *shown in rows]
