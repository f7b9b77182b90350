"""Cases as the desk's lists show them: whose, how they stand and what comes next, of those within somebody's reach alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.desk.within import GIVEN, OF_CREDITOR
from views.filters import OF_CASES
from views.lists import Listed
from views.status import CASES

# A creditor is written as the index of a list of cases has it: `views.lists` narrows to one.
ROWS = f"""
select k.*, k.creditor as creditor_id, k.case_id as place, i.amount, d.name, d.customer_number
from ({CASES}) k join dunning_case c on c.id = k.case_id join invoice i on i.id = c.invoice_id
join debtor d on d.id = c.debtor_id
where {GIVEN}
"""
DESK_CASES = Listed("cases at the desk", ROWS, OF_CASES, "select creditor_id, id as place from dunning_case")


@dataclass(frozen=True, slots=True)
class DeskCase:
    """A case in a list of the desk. Amounts in `currency`, moments in UTC."""

    case_id: int
    creditor: str
    invoice: str
    debtor_id: int
    name: str
    customer_number: str | None
    state: str
    outcome: str | None
    due_date: date
    currency: str
    amount: Decimal
    balance: Decimal
    next_kind: str | None
    next_step: str | None
    next_channel: str | None
    next_at: datetime | None
    flag: str | None
    on_hold: bool
    disputed: bool


SHOWN = ", ".join(field.name for field in fields(DeskCase))
OF_IDS = text(f"""
select {SHOWN} from ({ROWS}) r where case_id = any(cast(:cases as int[])) and {OF_CREDITOR.format(creditor="creditor_id")}
""")


async def desk_cases(connection: AsyncConnection, reach: Reach, cases: Sequence[int], now: datetime) -> list[DeskCase]:
    """These cases, in this order, as far as they are within reach."""
    if not cases:
        return []
    asked = {"cases": list(cases), "now": now} | reach.values
    found = {row.case_id: DeskCase(*row) for row in (await connection.execute(OF_IDS, asked)).all()}
    return [found[case] for case in cases if case in found]


def desk_case(row: Mapping[str, Any]) -> DeskCase:
    """The case of a row of `DESK_CASES`."""
    return DeskCase(*(row[field.name] for field in fields(DeskCase)))
