"""The policies of creditors for each country and kind of debtor: those of now count; each change is kept, with who and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import DebtorKind
from domain.policy.choosing import key_of
from facts.database import to_json

READ = text("select policies from creditor where id = :creditor")
# The usual ones, whose keys name a kind alone, stay.
PUT = text("""
update creditor set happened_at = :now, policies = cast(:policies as jsonb)
  || (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(policies) where key not like '% %')
where id = :creditor
""")
# What it has been since earlier changes is no news.
KEEP = text("""
insert into creditor_policies (creditor_id, policies, by, reason_code, happened_at)
select c.id, c.policies, :by, :reason_code, :now from creditor c
where c.id = :creditor and c.policies is distinct from cast(:before as jsonb)
""")
CHANGES = text("""
select happened_at, by, reason_code, policies from creditor_policies where creditor_id = :creditor order by id
""")


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """That a creditor's policies became others: when (UTC), by whom and why, and all that it had from then on."""

    at: datetime
    by: str
    reason_code: str
    policies: Mapping[str, str]


async def read(connection: AsyncConnection, creditor: str) -> dict[str, str]:
    """A creditor's policies as `usual_policy` reads them."""
    found: dict[str, str] = (await connection.execute(READ, {"creditor": creditor})).scalar_one()
    return found


async def put(
    connection: AsyncConnection,
    creditor: str,
    wanted: Mapping[str, Mapping[DebtorKind, str]],
    by: str,
    reason_code: str,
    now: datetime,
) -> dict[str, str]:
    """From now on these are all that it has for single countries, by country and kind; the usual ones stay.

    Gives all it has. Whoever puts them has checked them.
    """
    policies = {key_of(kind, country): name for country, names in wanted.items() for kind, name in names.items()}
    before = await read(connection, creditor)
    await connection.execute(PUT, {"creditor": creditor, "policies": to_json(policies), "now": now})
    await keep(connection, creditor, before, by, reason_code, now)
    return await read(connection, creditor)


async def keep(
    connection: AsyncConnection,
    creditor: str,
    before: Mapping[str, str] | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> None:
    """Keep that a creditor's policies are others than `before` (None: it had none), with who says so and why."""
    values = {"creditor": creditor, "before": to_json(before), "by": by, "reason_code": reason_code, "now": now}
    await connection.execute(KEEP, values)


async def changes(connection: AsyncConnection, creditor: str) -> list[PolicyChange]:
    """Every change of a creditor's policies, the first first."""
    return [PolicyChange(*row) for row in await connection.execute(CHANGES, {"creditor": creditor})]
