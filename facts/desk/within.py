"""Which cases are within somebody's reach, as a condition that every statement of the desk has."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach

OF_CREDITOR = "(cast(:of_creditors as text[]) is null or {creditor} = any(cast(:of_creditors as text[])))"
GIVEN = """(not cast(:of_partner as boolean) or (select true from hand_off h where h.case_id = c.id
    and h.state in ('exported', 'accepted') limit 1) is not null)
  and (cast(:of_agency as text) is null or (select true from task t where t.case_id = c.id and t.kind = 'call'
    and t.done_at is null and t.agency = :of_agency limit 1) is not null)"""
"""SQL: whether a case `c` was given to whoever works for somebody else; true for all others."""
OF_CASE = f"({OF_CREDITOR.format(creditor='c.creditor_id')} and {GIVEN})"
"""SQL: whether a case `c` is within a reach, whose values are parameters."""
OF_DEBTOR = f"""(not cast(:of_partner as boolean) and cast(:of_agency as text) is null
  or (select true from dunning_case c where c.debtor_id = d.id and {GIVEN} limit 1) is not null)"""
"""SQL: whether any case of a debtor `d` of a creditor within reach was given to whoever works for somebody else."""

CREDITORS = text(f"select id, name from creditor where {OF_CREDITOR.format(creditor='id')} order by id")
HAVE_CASES = text(f"""
select true from creditor b where {OF_CREDITOR.format(creditor="b.id")}
  and (select true from dunning_case c where c.creditor_id = b.id limit 1) limit 1
""")
FIND = text(f"""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id
where i.creditor_id = :creditor and i.number = :number and {OF_CASE}
""")
SEES = text(f"select true from dunning_case c where c.id = :case and {OF_CASE}")
SEES_DEBTOR = text(f"select true from dunning_case c where c.debtor_id = :debtor and {OF_CASE} limit 1")


async def creditors_within(connection: AsyncConnection, reach: Reach) -> dict[str, str]:
    """The names of the creditors within reach, by their ids."""
    values = {"of_creditors": reach.values["of_creditors"]}
    return {row.id: row.name for row in (await connection.execute(CREDITORS, values)).all()}


async def have_cases(connection: AsyncConnection, reach: Reach) -> bool:
    """Whether any creditor within reach has sent an invoice, open or closed."""
    values = {"of_creditors": reach.values["of_creditors"]}
    return (await connection.execute(HAVE_CASES, values)).scalar_one_or_none() is not None


async def case_within(connection: AsyncConnection, reach: Reach, creditor: str, number: str) -> int | None:
    """The case of an invoice; None where there is none, or none within reach: nobody learns which."""
    values = {"creditor": creditor, "number": number} | reach.values
    found: int | None = (await connection.execute(FIND, values)).scalar_one_or_none()
    return found


async def sees_case(connection: AsyncConnection, reach: Reach, case: int) -> bool:
    """Whether a case is within reach."""
    return (await connection.execute(SEES, {"case": case} | reach.values)).scalar_one_or_none() is not None


async def sees_debtor(connection: AsyncConnection, reach: Reach, debtor: int) -> bool:
    """Whether any case of a debtor is within reach."""
    return (await connection.execute(SEES_DEBTOR, {"debtor": debtor} | reach.values)).scalar_one_or_none() is not None
