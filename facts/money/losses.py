"""What may be a loss: closed cases of which something is left, when their creditors let go of it, and who has asked for that."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.money.losses import Asked, LossRule
from domain.vocabulary import DebtorKind

STEP = "write-off"
"""Of the task that asks a person."""
RULES = text("""
select id, losses from creditor where losses <> '[]' and id = coalesce(cast(:creditor as text), id) order by id
""")
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
# An answer ends what was asked before it: what is owed again after that is asked for anew.
ASKED = text("""
select e.by, cast(e.detail ->> 'amount' as numeric) as amount from case_event e join dunning_case c on c.id = e.case_id
where c.id = :case and e.kind = 'ask_write_off' and cast(e.detail ->> 'round' as int) = c.round
  and e.id > coalesce((select max(a.id) from case_event a where a.case_id = c.id
    and (a.kind = 'write_off' or a.kind = 'task_done' and a.detail ->> 'kind' = 'write-off')), 0)
order by e.id
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


async def rules(connection: AsyncConnection, creditor: str | None = None) -> dict[str, list[LossRule]]:
    """The creditors that have rules, and these; of one alone where it is named."""
    rows = (await connection.execute(RULES, {"creditor": creditor})).all()
    return {row.id: [LossRule.model_validate(rule) for rule in row.losses] for row in rows}


async def left_over(connection: AsyncConnection, creditor: str, *, after: int, most: int) -> list[LeftOver]:
    """A creditor's closed cases of which something is left, from the one after a number on."""
    values = {"creditor": creditor, "after": after, "most": most}
    return [LeftOver(*row) for row in (await connection.execute(LEFT, values)).all()]


async def asked(connection: AsyncConnection, case: int) -> list[Asked]:
    """Who has asked for a case's write-off in this round, since that was last answered."""
    return [Asked(*row) for row in (await connection.execute(ASKED, {"case": case})).all()]
