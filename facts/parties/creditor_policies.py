"""The policies of creditors for each country and kind of debtor: those of now count, and each change is kept."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import DebtorKind
from domain.policy.choosing import key_of
from facts.database import to_json

READ = text("select policies from creditor where id = :creditor")
# The usual ones, whose keys name a kind alone, stay.
PUT = text("""
with change as (
  insert into creditor_policies (creditor_id, policies, by, reason_code, happened_at)
  values (:creditor, cast(:policies as jsonb), :by, :reason_code, :now))
update creditor set happened_at = :now, policies = cast(:policies as jsonb)
  || (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(policies) where key not like '% %')
where id = :creditor returning policies
""")


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
    values = {"creditor": creditor, "policies": to_json(policies), "by": by, "reason_code": reason_code, "now": now}
    kept: dict[str, str] = (await connection.execute(PUT, values)).scalar_one()
    return kept
