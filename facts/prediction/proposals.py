"""How steps of cases might better go, as it is proposed: written once for each step of a round, read while it is fresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.arms import Arm, Proposal
from domain.learned.guess import FRESH_FOR
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from facts.clock import is_live
from facts.database import in_columns
from facts.prediction.of_whom import OF_WHOM

# Of whom nothing may be guessed nothing is proposed, whenever they said so: whoever proposes may have read before that.
PAGE: Final = 2_000  # cases

WRITE = text(f"""
insert into step_proposal (case_id, round, step, channel, clock, tone, content, propensity, explored, version_id, proposed_at)
select c.id, p.round, p.step, p.channel, p.clock, p.tone, p.content, p.propensity, p.explored, v.id, :now
from unnest(cast(:case as int[]), cast(:round as int[]), cast(:step as text[]), cast(:channel as text[]),
    cast(:clock as time[]), cast(:tone as text[]), cast(:content as text[]), cast(:propensity as numeric[]),
    cast(:explored as boolean[]))
  as p(case_id, round, step, channel, clock, tone, content, propensity, explored)
join dunning_case c on c.id = p.case_id join debtor d on d.id = c.debtor_id join model_version v on v.id = :version
where c.state = 'open' and {OF_WHOM}
order by c.id, p.round, p.step
on conflict (case_id, round, step) do nothing
""")
# Whoever may not be guessed about is left out when it is written.
THAT_LET_LEARN = text(f"""
select c.id from dunning_case c join policy_text p on p.hash = c.policy_hash
where c.state = 'open' and c.id > :after and p.text like '%learn:%' and {is_live("c.creditor_id")} order by c.id limit :page
""")
# What was proposed by a version that was stepped back from, or while none is in use, counts no more.
OF_CASE = text(f"""
select p.round, p.step, p.channel, p.clock, p.tone, p.content, p.proposed_at, cast(v.id as text) as version
from step_proposal p join model_version v on v.id = p.version_id
join dunning_case c on c.id = p.case_id join debtor d on d.id = c.debtor_id
where p.case_id = :case and p.proposed_at between cast(:now as timestamptz) - cast(:fresh as interval) and :now
  and v.id <= (select m.version_id from model_choice m where m.name = v.name and m.undoes is null
    and not exists (select from model_choice u where u.undoes = m.id) order by m.id desc limit 1)
  and {OF_WHOM}
order by p.id
""")
# What was proposed decides while it is fresh, and only of what went out is it known that a contact was made.
SENT = text(f"""
select y.case_id, c.policy_hash, y.step, y.channel, y.clock, y.tone, y.content, y.propensity, t.sent
from step_proposal y join dunning_case c on c.id = y.case_id cross join lateral (
  select min(v.accepted_at) as sent from delivery_case s join delivery v on v.id = s.delivery_id
  where s.case_id = y.case_id and s.round = y.round and s.step = y.step and v.accepted_at is not null
    and v.state not in ('shadow', 'withdrawn') and not v.alert) t
where t.sent between y.proposed_at and y.proposed_at + cast(:fresh as interval)
  and (c.creditor_id = :creditor or cast(:creditor as text) is null and {is_live("c.creditor_id")})
order by y.id
""")


@dataclass(frozen=True, slots=True)
class SentAs:
    """What was proposed of a step that went out: of which case under which policy's text, how probable it was, and when (UTC) it
    went."""

    case: int
    policy_hash: str
    step: str
    arm: Arm
    propensity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class NewProposal:
    """How a step of a round of a case might go: None is as the step says. This was proposed with a chance of `propensity`."""

    case: int
    round: int
    step: str
    channel: str | None
    clock: time | None
    tone: str | None
    content: str | None
    propensity: Decimal
    explored: bool


async def that_let_learn(connection: AsyncConnection, after: int) -> list[int]:
    """A page of open cases, after one, whose policies let something be learned."""
    rows = await connection.execute(THAT_LET_LEARN, {"after": after, "page": PAGE})
    return list(rows.scalars())


async def write(connection: AsyncConnection, version: int, new: Sequence[NewProposal], now: datetime) -> int:
    """Keep a page of proposals, some thousands, made by a version of a model; gives how many are new.

    What was proposed of a step of a round stays. Closed cases, and those of debtors of whom nothing may be guessed, get none.
    """
    values = in_columns(NewProposal, new) | {"version": version, "now": now}
    return (await connection.execute(WRITE, values)).rowcount


async def of_case(connection: AsyncConnection, case: int, now: datetime) -> tuple[Proposal, ...]:
    """What is proposed of a case and may be used: fresh, by a version in use, and of whom it may be."""
    rows = await connection.execute(OF_CASE, {"case": case, "now": now, "fresh": FRESH_FOR})
    return tuple(Proposal(row.round, row.step, _arm(row), row.proposed_at, row.version) for row in rows)


async def sent(connection: AsyncConnection, creditor: str | None) -> list[SentAs]:
    """What was proposed of steps that went out while it was fresh: of a creditor, or of all that are live."""
    rows = await connection.execute(SENT, {"creditor": creditor, "fresh": FRESH_FOR})
    return [SentAs(row.case_id, row.policy_hash, row.step, _arm(row), row.propensity, row.sent) for row in rows]


def _arm(row: Any) -> Arm:
    channel, tone = Channel(row.channel) if row.channel else None, Tone(row.tone) if row.tone else None
    return Arm(channel, row.clock, tone, row.content)
