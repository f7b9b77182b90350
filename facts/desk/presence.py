"""Who looks at a case just now: each open page says so every few seconds, and is not there any more when it is silent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

EVERY: Final = timedelta(seconds=5)  # a page says that it is there
GONE_AFTER: Final = timedelta(seconds=15)  # of silence
KEPT_FOR: Final = timedelta(minutes=1)

OTHERS = """
select distinct u.full_name from desk_presence p join desk_user u on u.id = p.user_id
where p.case_id = :case and p.user_id <> :user and p.seen_at > clock_timestamp() - cast(:gone_after as interval)
order by u.full_name
"""
LOOKS = text(f"""
with mine as (
  insert into desk_presence (case_id, tab, user_id, seen_at) values (:case, :tab, :user, clock_timestamp())
  on conflict (case_id, tab) do update set seen_at = excluded.seen_at)
{OTHERS}
""")
WHO_ELSE = text(OTHERS)
LEAVES = text("delete from desk_presence where case_id = :case and tab = :tab")
# What a process that died left behind: of all cases, since there are few rows.
FORGET = text("delete from desk_presence where seen_at < clock_timestamp() - cast(:kept_for as interval)")


async def looks(connection: AsyncConnection, case: int, tab: str, user: int) -> Sequence[str]:
    """Somebody has a case open in a tab of this name; gives the names of the others who look at it too."""
    values = {"case": case, "tab": tab, "user": user, "gone_after": GONE_AFTER}
    return (await connection.execute(LOOKS, values)).scalars().all()


async def who_else(connection: AsyncConnection, case: int, user: int) -> Sequence[str]:
    """The names of those who look at a case, but for one's own."""
    values = {"case": case, "user": user, "gone_after": GONE_AFTER}
    return (await connection.execute(WHO_ELSE, values)).scalars().all()


async def leaves(connection: AsyncConnection, case: int, tab: str) -> None:
    """The tab is closed, or shows something else; what was left behind by others goes too."""
    await connection.execute(LEAVES, {"case": case, "tab": tab})
    await connection.execute(FORGET, {"kept_for": KEPT_FOR})
