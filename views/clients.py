"""Whom a guardian or adviser stands in for at a creditor: one address that was registered, many debtors."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor
from facts.going_on import GOES_ON

# What was replaced was of somebody who stood in before, and what is wrong is somebody else's.
CLIENTS = text(f"""
select d.customer_number, d.name, d.representative,
  (select count(*) from dunning_case c where c.debtor_id = d.id and {GOES_ON}) as open_cases,
  (select coalesce(sum(c.balance), 0) from dunning_case c where c.debtor_id = d.id and c.state = 'open') as balance
from debtor d
where d.creditor_id = :creditor and d.representative is not null and exists (
  select from contact_point p where p.debtor_id = d.id and p.of_representative and p.state not in ('replaced', 'wrong')
    and p.address = any(cast(:addresses as text[])))
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
    typed = IncomingDebtor(name="?", email=address, phone=address)
    email = typed.email_address or ""
    addresses = [each for each in (address, email, email.lower(), typed.phone_number) if each]
    rows = (await connection.execute(CLIENTS, {"creditor": creditor, "addresses": addresses})).all()
    return [Client(*row) for row in rows]
