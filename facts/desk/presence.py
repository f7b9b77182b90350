"""Who is where at the desk just now: each open page says so every few seconds, and nobody is there who is silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import in_columns

EVERY: Final = timedelta(seconds=5)  # a page says that it is there
GONE_AFTER: Final = timedelta(seconds=15)  # of silence; an invoice page that was told shows it for as long again
KEPT_FOR: Final = timedelta(minutes=1)
KIND: Final = "desk"
"""The kind of change of a page that somebody at the desk is there."""
INBOX: Final = "inbox"
"""How each place begins where somebody answers debtors: the list, and every thread."""

# By the names of their tabs: two processes never wait for each other's.
ARE_THERE = text("""
insert into desk_presence (tab, user_id, place, seen_at)
select t.tab, t.user, t.place, clock_timestamp()
from unnest(cast(:tab as text[]), cast(:user as int[]), cast(:place as text[])) t(tab, "user", place) order by t.tab
on conflict (tab) do update set place = excluded.place, seen_at = excluded.seen_at
""")
WHO = text("""
select distinct p.place, p.user_id, u.full_name from desk_presence p join desk_user u on u.id = p.user_id
where p.place = any(cast(:places as text[])) and u.disabled_at is null
  and p.seen_at > clock_timestamp() - cast(:gone_after as interval)
order by p.place, u.full_name, p.user_id
""")
LEAVE = text("""
delete from desk_presence
where tab = any(cast(:tabs as text[])) or seen_at < clock_timestamp() - cast(:kept_for as interval)
""")
SOMEBODY_ANSWERS = f"""exists (select from desk_presence p join desk_user u on u.id = p.user_id
  where starts_with(p.place, '{INBOX}') and p.seen_at > clock_timestamp() - cast(:gone_after as interval)
    and u.disabled_at is null and (u.creditors is null or jsonb_exists(u.creditors, :creditor)))"""
"""SQL: whether somebody who may answer a creditor's debtors has the inbox open."""

# The pages of the debtor whose thread is open read themselves anew: somebody is there, and that is news for them alone.
TELL = text(f"""
with told as (
  insert into page_change (case_id, kind) select c.id, '{KIND}' from dunning_case c
  where c.debtor_id = any(cast(:debtors as int[])) and c.state = 'open' on conflict do nothing returning case_id)
select pg_notify('pages', '') from (select count(*) from told) t
""")


@dataclass(frozen=True, slots=True)
class Tab:
    """A page that somebody has open, at a place. Nobody else knows its name."""

    tab: str
    user: int
    place: str


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who works here and is at a place, in one tab or several."""

    user: int
    name: str


async def are_there(connection: AsyncConnection, tabs: Sequence[Tab]) -> None:
    """These tabs are open, each at its place."""
    await connection.execute(ARE_THERE, in_columns(Tab, tabs))


async def who_is_at(connection: AsyncConnection, places: Sequence[str]) -> Mapping[str, Sequence[Somebody]]:
    """Who is at each of these places, by name."""
    found: dict[str, list[Somebody]] = {place: [] for place in places}
    for row in await connection.execute(WHO, {"places": list(found), "gone_after": GONE_AFTER}):
        found[row.place].append(Somebody(row.user_id, row.full_name))
    return found


def others(there: Sequence[Somebody], user: int) -> list[str]:
    """The names of those at a place, but for one's own."""
    return [each.name for each in there if each.user != user]


async def tell_pages(connection: AsyncConnection, debtors: Sequence[int]) -> None:
    """Whoever has a page of these debtors open hears that somebody is there."""
    await connection.execute(TELL, {"debtors": list(debtors)})


async def leave(connection: AsyncConnection, tabs: Sequence[str]) -> None:
    """These tabs are closed, or show something else; what was left behind by others goes too."""
    await connection.execute(LEAVE, {"tabs": list(tabs), "kept_for": KEPT_FOR})
