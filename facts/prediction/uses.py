"""Every use of a guess: a step that was taken or left out because of one, or that went in an arm or as was proposed.

Once for each round, with the guess as it was.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.arms import AS_WRITTEN
from domain.learned.guess import UseOfGuess

EXPERIMENT: Final = r"substring(u.asked from 'experiment (\S+): .+$')"
"""SQL: in which experiment the step of a use `u` went, or was held out; null where in none."""
ARM: Final = r"substring(u.asked from 'experiment \S+: (.+)$')"
"""SQL: and in which arm of it."""
PROPOSED: Final = """left join step_proposal p
  on u.asked ~ '(^| )learn$' and p.case_id = u.case_id and p.round = u.round and p.step = u.step"""
"""SQL: what was proposed, `p`, where the step of a use `u` went so."""

KEEP = text("""
insert into guess_use (case_id, round, step, taken, asked, chance, segment, version, guessed_at, happened_at)
values (:case, :round, :step, :taken, :asked, :chance, :segment, :version, :guessed_at, :now)
on conflict (case_id, round, step) do nothing
""")
OF_CASE = text(f"""
select u.step, u.taken, u.asked, u.chance, u.segment, u.version, u.guessed_at, u.happened_at,
  case when p.id is not null then
    coalesce(nullif(concat_ws(' ', p.channel, to_char(p.clock, 'HH24:MI'), p.tone, p.content), ''), :written) end as way,
  {EXPERIMENT} as experiment, {ARM} as arm
from guess_use u {PROPOSED} where u.case_id = :case order by u.id
""")


@dataclass(frozen=True, slots=True)
class Used(UseOfGuess):
    """A use as it is kept, and when (UTC) the step was taken or left out by it."""

    at: datetime
    way: str | None = None
    """As what was proposed it went, where it went so."""
    experiment: str | None = None
    """In which experiment it went, or was held out, and in which arm of it."""
    arm: str | None = None


async def keep(connection: AsyncConnection, case: int, round_: int, uses: Sequence[UseOfGuess], now: datetime) -> None:
    """Keep uses of a case; of the same round and step the first is kept, however often the decision is made again."""
    for each in uses:
        await connection.execute(KEEP, asdict(each) | {"case": case, "round": round_, "now": now})


async def of_case(connection: AsyncConnection, case: int) -> list[Used]:
    """The uses of a case, the oldest first."""
    return [Used(*row) for row in await connection.execute(OF_CASE, {"case": case, "written": AS_WRITTEN})]
