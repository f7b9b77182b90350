"""What may be a loss: closed cases of which something is left, of creditors that have said when they let go of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.losses import LossRule
from domain.vocabulary import DebtorKind

STEP = "write-off"
"""Of the task that asks a person."""
RULES = text("select id, losses from creditor where losses <> '[]' order by id")
# Each is asked about once in a round: whoever has said no is not asked again.
LEFT = text(f"""
select c.id as case_id, d.country, d.kind, c.balance, i.currency, i.issue_date,
  least(i.due_date, (select min(m.due_before) from due_date_move m where m.invoice_id = i.id)) as first_due
from dunning_case c join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
where c.creditor_id = :creditor and c.state = 'closed' and c.balance > 0 and c.id > :after
  and (select true from task t where t.case_id = c.id and t.round = c.round and t.step = '{STEP}' limit 1) is null
  and (select true from hand_off h where h.case_id = c.id and h.state in ('queued', 'exported', 'accepted') limit 1) is null
  and (select true from dispute q where q.case_id = c.id and q.resolved_at is null limit 1) is null
  and (select true from hold h where h.case_id = c.id and h.released_at is null limit 1) is null
order by c.id limit :most
""")


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A closed case of which something is left that nobody was asked about."""

    case: int
    country: str  # the debtor's
    kind: DebtorKind
    balance: Decimal
    currency: str
    issued: date
    first_due: date


async def rules(connection: AsyncConnection) -> dict[str, list[LossRule]]:
    """The creditors that have rules, and these."""
    rows = (await connection.execute(RULES)).all()
    return {row.id: [LossRule.model_validate(rule) for rule in row.losses] for row in rows}


async def left_over(connection: AsyncConnection, creditor: str, *, after: int, most: int) -> list[LeftOver]:
    """A creditor's closed cases of which something is left, from the one after a number on."""
    values = {"creditor": creditor, "after": after, "most": most}
    return [LeftOver(*row) for row in (await connection.execute(LEFT, values)).all()]
