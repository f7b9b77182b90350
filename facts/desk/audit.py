"""Who at the desk looked at whom, and changed what: written with the change itself, and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json

ONE_LOOK: Final = timedelta(minutes=10)  # at the same case, which is told once

DID = text("""
insert into desk_audit (by, what, creditor_id, debtor_id, case_id, why, detail, happened_at)
select :by, :what, coalesce(:creditor, c.creditor_id, d.creditor_id), coalesce(:debtor, c.debtor_id), c.id, :why,
  cast(:detail as jsonb), :now
from (select) nobody left join dunning_case c on c.id = :case left join debtor d on d.id = :debtor
""")
LOOKED = text("""
insert into desk_audit (by, what, creditor_id, debtor_id, case_id, detail, happened_at)
select :by, 'looked', d.creditor_id, d.id, cast(:case as int), cast(:detail as jsonb), :now from debtor d
where d.id = :debtor and (select true from desk_audit a where a.debtor_id = :debtor and a.by = :by and a.what = 'looked'
  and a.case_id is not distinct from cast(:case as int) and a.happened_at > :since and a.detail = cast(:detail as jsonb)
  order by a.id desc limit 1) is null
""")


@dataclass(frozen=True, slots=True)
class About:
    """What an act was about: a case with its debtor, a debtor, a creditor, or nobody in particular."""

    creditor: str | None = None
    debtor: int | None = None
    case: int | None = None


NOBODY: Final = About()


async def did(
    connection: AsyncConnection,
    by: str,
    what: str,
    now: datetime,
    *,
    about: About = NOBODY,
    why: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Somebody did something; in the transaction of what they did. `detail` has ids, amounts and days alone."""
    values = {"by": by, "what": what, "creditor": about.creditor, "debtor": about.debtor, "case": about.case}
    await connection.execute(DID, values | {"why": why, "detail": to_json(dict(detail or {})), "now": now})


async def looked(
    connection: AsyncConnection, by: str, debtor: int, now: datetime, case: int | None = None, where: str = "case"
) -> None:
    """Somebody sees a person's data on a page; what they look at for a while is told once."""
    values = {"by": by, "debtor": debtor, "case": case, "detail": to_json({"where": where})}
    await connection.execute(LOOKED, values | {"now": now, "since": now - ONE_LOOK})
