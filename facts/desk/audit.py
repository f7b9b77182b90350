"""Who at the desk looked at whom, and changed what: written with the change itself, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.desk.reach import Reach
from facts.database import to_json

ONE_LOOK: Final = timedelta(minutes=10)  # at the same case, which is told once
LAST: Final = 2**31  # a number that no row has yet

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
ROWS = """
select a.id, a.happened_at as at, a.by, a.what, a.creditor_id as creditor, i.number as invoice, a.debtor_id as debtor, a.why,
  a.detail
from desk_audit a left join dunning_case c on c.id = a.case_id left join invoice i on i.id = c.invoice_id
"""
NARROWED: Final[Mapping[str, str]] = {
    "by": "a.by = :by",
    "what": "a.what = :what",
    "invoice": "a.case_id in (select k.id from invoice n join dunning_case k on k.invoice_id = n.id where n.number = :invoice)",
    "since": "a.happened_at >= :since",
    "until": "a.happened_at < :until",
}
"""SQL: what each part of what is wanted asks for; one that is not named is not asked for, so that an index finds the others."""
DAYS: Final = frozenset({"since", "until"})


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
    """What was looked at and done within reach, the newest first; those before a number, where one is given.

    What is about no creditor, such as who signed in, is seen by those alone who see every creditor's cases.
    """
    asked = {name: value for name in NARROWED if (value := getattr(wanted, name)) is not None}
    statement = listed(frozenset(asked), len(reach.creditors) if reach.creditors is not None else None)
    values = asked | {"before": before or LAST, "most": most, "creditors": list(reach.creditors or ())}
    values = {name: values[name] for name in statement.compile().params}
    return [Entry(*row) for row in (await connection.execute(statement, values)).all()]


@cache
def listed(asked: frozenset[str], creditors: int | None) -> TextClause:
    """The statement for what is asked, of so many creditors; of all where None. Days are found in the order of time."""
    conditions = [NARROWED[name] for name in sorted(asked)]
    if creditors is not None:
        one = "(cast(:creditors as text[]))[1]"
        conditions.append(
            f"a.creditor_id = {one}" if creditors == 1 else "a.creditor_id = any(cast(:creditors as text[]))"
        )
    if asked & DAYS:
        at = "(select b.happened_at from desk_audit b where b.id = :before)"
        conditions.append(f"(a.happened_at, a.id) < (coalesce({at}, 'infinity'), cast(:before as bigint))")
        order = "a.happened_at desc, a.id desc"
    else:
        conditions.append("a.id < cast(:before as bigint)")
        order = "a.id desc"
    return text(f"{ROWS} where {' and '.join(conditions)} order by {order} limit :most")
