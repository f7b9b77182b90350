"""How a creditor is set up: all that it is registered with, for whoever looks at it and changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.going_live import Registered
from views.going_live import registered

READ = text("""
select country, account_holder, reference_checks, payment_methods, direct_debit, overpayment from creditor where id = :creditor
""")


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a creditor is registered with, beside what decides whether it can go live."""

    known: Registered
    country: str
    account_holder: str | None
    """Whom its accounts belong to, as its bank knows it."""
    reference_checks: Mapping[str, str]
    """By country, what its bank there checks payment references for."""
    payment_methods: Sequence[str]
    draws: bool
    """Whether it has an agreement on direct debit."""
    sends_back: bool
    """Whether what is paid too much goes back by itself; else it is kept as credit."""


async def set_up(connection: AsyncConnection, creditor: str) -> SetUp:
    """How a creditor is set up, which there is."""
    row = (await connection.execute(READ, {"creditor": creditor})).one()
    return SetUp(
        known=await registered(connection, creditor),
        country=row.country,
        account_holder=row.account_holder,
        reference_checks=row.reference_checks,
        payment_methods=sorted(row.payment_methods),
        draws=bool(row.direct_debit),
        sends_back=row.overpayment == "refund",
    )
