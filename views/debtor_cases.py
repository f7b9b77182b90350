"""All invoices that a debtor has with its creditor, page by page, those that are due last first; and what they come to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PAGE: Final = 30

CASES = text("""
select c.id as case, i.number, i.issue_date, i.due_date, i.currency, i.amount, c.balance, c.state, c.outcome, c.round, c.flag,
  c.next_at, i.id as nth
from invoice i join dunning_case c on c.invoice_id = i.id
where i.debtor_id = :debtor and (cast(:due as date) is null or (i.due_date, i.id) < (:due, :nth))
order by i.due_date desc, i.id desc limit :most
""")
SUMS = text("""
select i.currency, count(*) as count, count(*) filter (where c.state = 'open') as open,
  sum(c.balance) filter (where c.balance > 0) as owed
from dunning_case c join invoice i on i.id = c.invoice_id where c.debtor_id = :debtor group by i.currency order by i.currency
""")
PLACE = re.compile(r"(\d{4}-\d\d-\d\d)-(\d{1,10})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DebtorCase:
    """One invoice with its case. Amounts in `currency`."""

    case: int
    number: str
    issue_date: date
    due_date: date
    currency: str
    amount: Decimal
    balance: Decimal
    state: str
    outcome: str | None
    round: int
    flag: str | None
    next_at: datetime | None
    nth: int

    @property
    def place(self) -> str:
        """Where it stands, as an address has it."""
        return f"{self.due_date}-{self.nth}"


@dataclass(frozen=True, slots=True)
class Sum:
    """All invoices in one currency: how many, how many go on, and what is owed; what is in the debtor's favour is not in it."""

    currency: str
    count: int
    open: int
    owed: Decimal | None


async def cases_of(
    connection: AsyncConnection, debtor: int, after: str = "", most: int = PAGE
) -> tuple[Sequence[DebtorCase], str | None]:
    """A page of them after a place, and the place after which the next page begins; None at the end."""
    rows = (await connection.execute(CASES, {"debtor": debtor, "most": most + 1} | _place(after))).all()
    cases = [DebtorCase(*row) for row in rows[:most]]
    return cases, cases[-1].place if len(rows) > most else None


async def sums_of(connection: AsyncConnection, debtor: int) -> Sequence[Sum]:
    """What all of them come to, in each currency."""
    return [Sum(*row) for row in (await connection.execute(SUMS, {"debtor": debtor})).all()]


def _place(written: str) -> dict[str, Any]:
    found = PLACE.fullmatch(written)
    if found is None:
        return {"due": None, "nth": 0}
    try:
        return {"due": date.fromisoformat(found[1]), "nth": int(found[2])}
    except ValueError:
        return {"due": None, "nth": 0}
