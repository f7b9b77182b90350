"""What a filter over cases may name, and what there is where a name is nothing of it."""

from collections.abc import Mapping, Sequence

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.planner.flags import FLAGS, OUTCOMES
from domain.vocabulary import CHANNELS

FIXED: Mapping[str, Sequence[str]] = {
    "state": ("open", "closed"),
    "outcome": OUTCOMES,
    "channel": tuple(CHANNELS),
    "flag": FLAGS,
}
THERE = {
    "creditor": text("select id from creditor order by id"),
    "policy": text("""
select name from policy_text union select p.name from creditor c, jsonb_each_text(c.policies) p(kind, name) order by 1
"""),
    # From one to the next by the index: they are few, and the invoices many.
    "segment": text("""
with recursive there as (
  select c.id as creditor_id, (select min(i.segment) from invoice i where i.creditor_id = c.id) as segment from creditor c
  union all
  select t.creditor_id, (select min(i.segment) from invoice i where i.creditor_id = t.creditor_id and i.segment > t.segment)
  from there t where t.segment is not null)
select distinct segment from there where segment is not null order by segment
"""),
}
USED = {
    "number": text(
        "select exists (select from creditor c join invoice i on i.creditor_id = c.id and i.number = :value)"
    ),
    "segment": text(
        "select exists (select from creditor c join invoice i on i.creditor_id = c.id and i.segment = :value)"
    ),
}
POLICIES = text("select text from policy_text")


async def misnamed(connection: AsyncConnection, word: str, value: str) -> str | None:
    """Why a word of a filter can describe no case with this value, with what there is; None where it can."""
    if word in USED and (await connection.execute(USED[word], {"value": value})).scalar_one():
        return None
    there = await _there(connection, word)
    if value in there:
        return None
    return f"there is no {word} {value}" + (f": there are {', '.join(there)}" if there else "")


async def _there(connection: AsyncConnection, word: str) -> Sequence[str]:
    if word in FIXED:
        return FIXED[word]
    if word == "step":  # those of all policies that cases run under, in their order
        plans = [yaml.safe_load(each) for each in (await connection.execute(POLICIES)).scalars()]
        return list(dict.fromkeys(step["id"] for plan in plans for step in plan["steps"]))
    return (await connection.execute(THERE[word])).scalars().all() if word in THERE else ()
