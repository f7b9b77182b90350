"""What somebody had typed when their session was over: kept for them alone, for an hour of the wall's, and given back once."""

from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.desk.sessions import LONGEST, hashed

KEPT_FOR: Final = timedelta(hours=1)

# Of a session that began within a day's work and the hour after it: an old token is nobody's word any more.
WHOSE = text("""
select u.id from desk_session s join desk_user u on u.id = s.user_id
where s.token_hash = :token and u.disabled_at is null and s.began_at > clock_timestamp() - cast(:longest as interval)
""")
KEEP = text("""
insert into desk_draft (id, user_id, path, sealed, kept_at) values (:id, :user, :path, :sealed, clock_timestamp())
""")
TAKE = text("""
delete from desk_draft where id = :id and user_id = :user and path = :path
  and kept_at > clock_timestamp() - cast(:kept_for as interval) returning sealed
""")
FORGET = text("delete from desk_draft where kept_at < clock_timestamp() - cast(:kept_for as interval)")


async def whose(connection: AsyncConnection, token: str) -> int | None:
    """Whose session this token opened of late, if they still work here."""
    values = {"token": hashed(token), "longest": LONGEST + KEPT_FOR}
    found: int | None = (await connection.execute(WHOSE, values)).scalar_one_or_none()
    return found


async def keep(connection: AsyncConnection, user: int, path: str, sealed: str) -> UUID:
    """What was typed in a form at this path waits for them, sealed; those of an hour ago are forgotten. Gives its name."""
    await connection.execute(FORGET, {"kept_for": KEPT_FOR})
    id = uuid4()
    await connection.execute(KEEP, {"id": id, "user": user, "path": path, "sealed": sealed})
    return id


async def take(connection: AsyncConnection, user: int, path: str, id: UUID) -> str | None:
    """What waits under this name for them at this path, sealed; it waits no more."""
    values = {"id": id, "user": user, "path": path, "kept_for": KEPT_FOR}
    sealed: str | None = (await connection.execute(TAKE, values)).scalar_one_or_none()
    return sealed
