"""Who at the desk looked at whom, and changed what: written with the change itself, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.database import to_json
from facts.desk.within import OF_CREDITOR

ONE_LOOK: Final = timedelta(minutes=10)  # at the same case, which is told once

DID = text("""
insert into desk_audit (by, what, creditor_id, debtor_id, case_id, why, detail, happened_at)
select cast(:by as text), cast(:what as text), coalesce(cast(:creditor as text), c.creditor_id, d.creditor_id),
  coalesce(cast(:debtor as int), c.debtor_id), c.id, cast(:why as text), cast(:detail as jsonb), :now
from (select) nobody left join dunning_case c on c.id = :case left join debtor d on d.id = :debtor
""")
LOOKED = text("""
insert into desk_audit (by, what, creditor_id, debtor_id, case_id, detail, happened_at)
select cast(:by as text), 'looked', d.creditor_id, d.id, cast(:case as int), cast(:detail as jsonb), :now from debtor d
where d.id = :debtor and (select true from desk_audit a where a.debtor_id = :debtor and a.by = cast(:by as text)
  and a.what = 'looked' and a.case_id is not distinct from cast(:case as int) and a.happened_at > :since
  and a.detail = cast(:detail as jsonb) order by a.id desc limit 1) is null
""")
# What is about no creditor, such as who signed in, is seen by those alone who see every creditor's cases.
LIST = text(f"""
select a.id, a.happened_at as at, a.by, a.what, a.creditor_id as creditor, i.number as invoice, a.debtor_id as debtor, a.why,
  a.detail
from desk_audit a left join dunning_case c on c.id = a.case_id left join invoice i on i.id = c.invoice_id
where {OF_CREDITOR.format(creditor="a.creditor_id")} and a.id < coalesce(cast(:before as bigint), 9223372036854775807)
  and a.happened_at >= coalesce(cast(:since as timestamptz), '-infinity')
  and a.happened_at < coalesce(cast(:until as timestamptz), 'infinity')
  and (cast(:by as text) is null or a.by = :by) and (cast(:what as text) is null or a.what = :what)
  and (cast(:invoice as text) is null or i.number = :invoice)
order by a.id desc limit :most
""")


@dataclass(frozen=True, slots=True)
class Entry:
    """A look or a change, as it is read back. `at` is UTC."""

    id: int
    at: datetime
    by: str
    what: str
    creditor: str | None
    invoice: str | None
    debtor: int | None
    why: str | None
    detail: dict[str, Any]

    def row(self) -> dict[str, object]:
        """The same for a file."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return told | {"at": self.at.isoformat(timespec="seconds"), "detail": to_json(self.detail)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them: each part narrows. Moments are UTC, `until` is not in it."""

    by: str | None = None
    what: str | None = None
    invoice: str | None = None
    since: datetime | None = None
    until: datetime | None = None


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


async def list_(
    connection: AsyncConnection, reach: Reach, wanted: Wanted, *, before: int | None, most: int
) -> Sequence[Entry]:
    """What was looked at and done within reach, the newest first; those before a number, where one is given."""
    asked = {name: getattr(wanted, name) for name in wanted.__dataclass_fields__}
    values = asked | {"before": before, "most": most, "of_creditors": reach.values["of_creditors"]}
    return [Entry(*row) for row in (await connection.execute(LIST, values)).all()]
