"""Lists that somebody at the desk keeps: a filter under a name of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST: Final = 12  # each is counted where somebody begins

LISTS = text("select id, name, written from desk_list where by = :by order by name, id")
KEEP = text(f"""
insert into desk_list (by, name, written, happened_at)
select cast(:by as text), cast(:name as text), :written, :now
where (select count(*) from desk_list l where l.by = cast(:by as text) and l.name <> cast(:name as text)) < {MOST}
on conflict (by, name) do update set written = excluded.written, happened_at = excluded.happened_at
returning id
""")
FORGET = text("delete from desk_list where by = :by and id = :id")


@dataclass(frozen=True, slots=True)
class OwnList:
    """A list of cases under a name. `written`: its filter, in the words of `views.filters`."""

    id: int
    name: str
    written: str


async def own_lists(connection: AsyncConnection, by: str) -> Sequence[OwnList]:
    """The lists that somebody keeps."""
    return [OwnList(*row) for row in (await connection.execute(LISTS, {"by": by})).all()]


async def keep_list(connection: AsyncConnection, by: str, name: str, written: str, now: datetime) -> bool:
    """Keep a list under a name, in the place of theirs of the same name. False where they have `MOST` others already."""
    values = {"by": by, "name": name, "written": written, "now": now}
    return (await connection.execute(KEEP, values)).scalar_one_or_none() is not None


async def forget_list(connection: AsyncConnection, by: str, id: int) -> None:
    """Keep a list no more."""
    await connection.execute(FORGET, {"by": by, "id": id})
