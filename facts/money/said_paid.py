"""What was found of a payment that a debtor says was made: of the money that waits, only what is surely this debtor's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Money that waits is this debtor's where the account it came from has paid for nobody else, and it may be for this case. What
# only has the amount, a name or a reference may be anybody's: a person looks at it, and the page says nothing of it.
FOUND = text("""
select p.amount, p.currency, p.booked_on, p.state = 'booked' as booked from incoming_payment p
where p.invoice_id = (select invoice_id from dunning_case where id = :case) and p.debtor_said and p.state = 'booked'
union all
select p.amount, p.currency, p.booked_on, false from review_candidate r join incoming_payment p on p.id = r.payment_id
where r.case_id = :case and p.state = 'review' and p.amount > 0
  and (select count(*) = 1 and min(a.debtor_id) = :debtor from payer_account a
    where a.creditor_id = p.creditor_id and a.account = p.debit_account)
order by booked_on, amount
""")
WAITS = text("""
select max(until) from hold where case_id = :case and reason_code = 'says paid' and released_at is null and until > :now
""")


@dataclass(frozen=True, slots=True)
class FoundMoney:
    """Money that came: booked on the invoice, or looked at by a person."""

    amount: Decimal
    currency: str
    booked_on: date
    booked: bool


async def found(connection: AsyncConnection, case: int, debtor: int) -> Sequence[FoundMoney]:
    """The payments of this debtor that the word about a case has found."""
    rows = (await connection.execute(FOUND, {"case": case, "debtor": debtor})).all()
    return [FoundMoney(*row) for row in rows]


async def waits_until(connection: AsyncConnection, case: int, now: datetime) -> datetime | None:
    """Until when the case waits for the money (UTC); None where it does not."""
    until: datetime | None = (await connection.execute(WAITS, {"case": case, "now": now})).scalar_one()
    return until
