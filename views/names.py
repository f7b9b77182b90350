"""What a filter may name, and what there is where a name is nothing of it: of one creditor, who hears of no other's."""

from collections.abc import Sequence
from difflib import get_close_matches

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.located_yaml import plain
from domain.vocabulary import FIRST_REMINDER
from messages.specs import SPECS
from views.filters import EQUAL, Filter

Asking = str | Sequence[str] | None
"""A creditor, several, or whoever sees all."""

MOST_NAMED = 20
LOOKED_THROUGH = 1000  # segments
WHOSE = "(cast(:creditors as text[]) is null or {} = any(cast(:creditors as text[])))"
# Policies that cases run under, looked up creditor by creditor: of those whose cases are few they are found as soon.
IN_USE = f"""
from policy_text p join creditor c on {WHOSE.format("c.id")}
where (select true from dunning_case k where k.policy_hash = p.hash and k.creditor_id = c.id limit 1) is not null
"""
THERE = {
    "creditor": text(f"select id from creditor where {WHOSE.format('id')} order by id"),
    "policy": text(f"""
select p.name {IN_USE}
union select p.name from creditor c, jsonb_each_text(c.policies) p(kind, name) where {WHOSE.format("c.id")} order by 1
"""),
    # From one to the next by the index: they are few, and the invoices many.
    "segment": text(f"""
with recursive there as (
  select c.id as creditor_id, (select min(i.segment) from invoice i where i.creditor_id = c.id) as segment
  from creditor c where {WHOSE.format("c.id")}
  union all
  select t.creditor_id, (select min(i.segment) from invoice i where i.creditor_id = t.creditor_id and i.segment > t.segment)
  from there t where t.segment is not null)
select distinct segment from (select segment from there where segment is not null limit {LOOKED_THROUGH}) s order by segment
"""),
    "account": text(f"select account from bank_account where {WHOSE.format('creditor_id')} order by account"),
}
USED = {
    name: text(f"""
select exists (select from creditor c join invoice i on i.creditor_id = c.id and i.{name} = :value
  where {WHOSE.format("c.id")})
""")
    for name in ("number", "segment")
} | {
    "batch": text(f"""
select exists (select from import_file f join imported_case m on m.file_id = f.id join dunning_case c on c.id = m.case_id
  where (f.name = :value or f.id = :value) and {WHOSE.format("c.creditor_id")})
""")
}
POLICIES = text(f"select distinct p.name, p.hash, p.text {IN_USE} order by p.name, p.hash")


async def misnamed(
    connection: AsyncConnection, wanted: Filter, creditor: Asking, *, numbers: bool = False
) -> str | None:
    """Why a filter describes nothing: a value of it names nothing that there is. None where each could describe something.

    Of a `creditor` alone, or of several, where they ask. An invoice's number may be looked for in vain, unless `numbers` are
    names too.
    """
    for word, sign, value in wanted.conditions:
        if sign not in EQUAL or not word.names or (word.names == "number" and not numbers):
            continue
        if why := await _misnamed(connection, word.names, value, creditor):
            return why
    return None


async def _misnamed(connection: AsyncConnection, kind: str, value: str, creditor: Asking) -> str | None:
    if kind in USED and (await connection.execute(USED[kind], {"value": value} | _of(creditor))).scalar_one():
        return None
    if kind == "step" and value in (*SPECS, FIRST_REMINDER):
        return None  # no policy writes it
    there = await named(connection, kind, creditor)
    if value in there or (kind == "step" and not there):  # before the first case nobody knows which steps there are
        return None
    return f"there is no {kind} {value}{_told(value, there)}"


async def named(connection: AsyncConnection, kind: str, creditor: Asking = None) -> Sequence[str]:
    """What there is of a kind, of a creditor alone where one asks; nothing where the kind has no end."""
    if kind == "step":  # those of all policies that cases run under, in their order
        plans = [plain(row.text) for row in await connection.execute(POLICIES, _of(creditor))]
        return list(dict.fromkeys(step["id"] for plan in plans for step in plan["steps"]))
    if kind not in THERE:
        return ()
    return (await connection.execute(THERE[kind], _of(creditor))).scalars().all()


def _of(creditor: Asking) -> dict[str, list[str] | None]:
    if creditor is None:
        return {"creditors": None}
    return {"creditors": [creditor] if isinstance(creditor, str) else list(creditor)}


def _told(value: str, there: Sequence[str]) -> str:
    """What there is, or of many what is like the value."""
    if len(there) <= MOST_NAMED:
        return f": there are {', '.join(there)}" if there else ""
    near = get_close_matches(value, there, n=5) or there[:MOST_NAMED]
    return f": there are {', '.join(near)} and others"
