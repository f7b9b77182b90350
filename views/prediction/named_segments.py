"""Segments that policies name and nobody is in: a step for such a one is left out for everybody."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.law import Law
from domain.policy.loader import load_policy
from facts.clock import is_live
from facts.prediction.segments import ONCE_CALLED

# The cases of a policy are looked through, and not all open ones: so their state is asked where no index has it.
NAMING = text(f"""
select cr.id as creditor, p.name, p.text from policy_text p cross join creditor cr
where p.text like '%segment:%'
  and (cr.id = any(cast(:creditors as text[])) or cast(:creditors as text[]) is null and {is_live("cr.id")})
  and (select true from dunning_case c where c.policy_hash = p.hash and c.creditor_id = cr.id and c.state || '' = 'open' limit 1)
    is not null
order by cr.id, p.name, p.hash
""")
UNKNOWN = text(f"""
select u.creditor, u.policy, u.step, u.segment
from unnest(cast(:creditor as text[]), cast(:policy as text[]), cast(:step as text[]), cast(:segment as text[]))
  as u(creditor, policy, step, segment)
where not exists (select from found_segment g where g.creditor_id = u.creditor and not g.off and g.merged_into is null
    and (lower(g.name) = lower(u.segment) or exists (
      select from unnest({ONCE_CALLED}) once where lower(once) = lower(u.segment))))
  and (select true from invoice i where i.creditor_id = u.creditor and i.segment = u.segment limit 1) is null
order by u.creditor, u.policy, u.step
""")


async def unknown_segments(
    connection: AsyncConnection, laws: Mapping[str, Law], creditors: Sequence[str] | None
) -> list[str]:
    """Of these creditors, or of all live ones: which step of which policy names a segment that none was found by and no
    invoice came with."""
    named = await _named(connection, laws, creditors)
    if not named:
        return []
    columns = dict(zip(("creditor", "policy", "step", "segment"), map(list, zip(*named, strict=True)), strict=True))
    rows = (await connection.execute(UNKNOWN, columns)).all()
    return [f"{row.creditor}: {row.step} of {row.policy} is for the segment {row.segment}" for row in rows]


async def steps_naming(
    connection: AsyncConnection, laws: Mapping[str, Law], creditor: str, names: Sequence[str]
) -> list[str]:
    """Which steps of which policies, of a creditor's open cases, are for a segment by one of its names."""
    called = {name.casefold() for name in names}
    named = await _named(connection, laws, [creditor])
    return [f"{step} of {policy}" for _, policy, step, segment in named if segment.casefold() in called]


async def _named(
    connection: AsyncConnection, laws: Mapping[str, Law], creditors: Sequence[str] | None
) -> list[tuple[str, str, str, str]]:
    """Creditor, policy, step and the segment that it names."""
    values = {"creditors": None if creditors is None else list(creditors)}
    return [
        (row.creditor, row.name, step.id, step.when.segment)
        for row in (await connection.execute(NAMING, values)).all()
        for step in load_policy(row.text, f"{row.name}.yaml", laws, on=None).optional.values()
        if step.when and step.when.segment
    ]
