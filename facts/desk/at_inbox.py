"""Who has the inbox open just now: each of its pages says so every few seconds, and nobody is there who is silent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

GONE_AFTER: Final = timedelta(seconds=15)  # of silence; an invoice page that was told shows it for as long again
KEPT_FOR: Final = timedelta(minutes=1)

IS_THERE = text("""
insert into desk_at_inbox (tab, user_id, seen_at) values (:tab, :user, clock_timestamp())
on conflict (tab) do update set seen_at = excluded.seen_at
""")
LEAVES = text("delete from desk_at_inbox where tab = :tab or seen_at < clock_timestamp() - cast(:kept_for as interval)")
SOMEBODY_IS_THERE = """exists (select from desk_at_inbox p join desk_user u on u.id = p.user_id
  where p.seen_at > clock_timestamp() - cast(:gone_after as interval) and u.disabled_at is null
    and (u.creditors is null or jsonb_exists(u.creditors, :creditor)))"""
"""SQL: whether somebody who may answer a creditor's debtors has the inbox open."""
# The pages of the debtor whose thread is open read themselves anew: somebody is there, and that is news for them.
TELL = text("""
with told as (
  insert into page_change (case_id, kind) select c.id, 'message' from dunning_case c
  where c.debtor_id = any(cast(:debtors as int[])) and c.state = 'open' on conflict do nothing returning case_id)
select pg_notify('pages', '') from (select count(*) from told) t
""")


async def is_there(connection: AsyncConnection, tab: str, user: int) -> None:
    """Somebody has the inbox, or a thread of it, open in a tab of this name."""
    await connection.execute(IS_THERE, {"tab": tab, "user": user})


async def tell_pages(connection: AsyncConnection, debtors: Sequence[int]) -> None:
    """Whoever has a page of these debtors open hears that somebody is there."""
    await connection.execute(TELL, {"debtors": list(debtors)})


async def leaves(connection: AsyncConnection, tab: str) -> None:
    """The tab is closed; what was left behind by others goes too."""
    await connection.execute(LEAVES, {"tab": tab, "kept_for": KEPT_FOR})
