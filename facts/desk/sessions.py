"""Who is signed in at the desk, in which browser, and for how long: by the wall's clock, and ended at once for who leaves."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.desk.users import FIELDS, User, user_of

IDLE: Final = timedelta(minutes=30)  # without a look at any page
LONGEST: Final = timedelta(hours=10)  # a working day
SHOWN_FOR: Final = timedelta(minutes=5)  # how long who showed themselves just now need not do it again
NOTED_EVERY: Final = timedelta(minutes=1)  # a look is written down so often: a page costs no write
KEPT_FOR: Final = timedelta(days=30)

BEGIN = text("""
insert into desk_session (token_hash, user_id, began_at, used_at, shown_at)
values (:token, :user, clock_timestamp(), clock_timestamp(), clock_timestamp())
""")
HOLDS = """s.ended_at is null and s.used_at > clock_timestamp() - cast(:idle as interval)
  and s.began_at > clock_timestamp() - cast(:longest as interval)"""
OPEN = text(f"""
select {", ".join(f"u.{field}" for field in FIELDS.split(", "))}, s.token_hash,
  s.shown_at > clock_timestamp() - cast(:shown_for as interval) as shown_lately,
  s.used_at < clock_timestamp() - cast(:noted_every as interval) as to_note
from desk_session s join desk_user u on u.id = s.user_id
where s.token_hash = :token and u.disabled_at is null and {HOLDS}
""")
NOTE = text("update desk_session set used_at = clock_timestamp() where token_hash = :token and ended_at is null")
OPEN_NOW = text(f"""
select {", ".join(f"u.{field}" for field in FIELDS.split(", "))}, s.token_hash
from desk_session s join desk_user u on u.id = s.user_id
where s.token_hash = any(cast(:tokens as text[])) and u.disabled_at is null and {HOLDS}
""")
END = text("update desk_session set ended_at = clock_timestamp() where token_hash = :token and ended_at is null")
FORGET = text("delete from desk_session where began_at < clock_timestamp() - cast(:kept_for as interval)")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody at the desk, in one browser."""

    user: User
    token_hash: str
    shown_lately: bool  # who they are, a few minutes ago


def hashed(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


async def begin(connection: AsyncConnection, user: User, before: str | None) -> str:
    """A new session, and the token that opens it: never one from before, which ends. Those of a month ago are forgotten."""
    token = secrets.token_urlsafe(32)
    await connection.execute(FORGET, {"kept_for": KEPT_FOR})
    if before:
        await end(connection, before)
    await connection.execute(BEGIN, {"token": hashed(token), "user": user.id})
    return token


async def signed_in(connection: AsyncConnection, token: str, *, looks: bool = True) -> SignedIn | None:
    """Whose session a token opens; None where it is over, or its user does not work here any more.

    What no person looks at does not keep the session: `looks`.
    """
    values = {"idle": IDLE, "longest": LONGEST, "shown_for": SHOWN_FOR, "noted_every": NOTED_EVERY}
    row = (await connection.execute(OPEN, values | {"token": hashed(token)})).one_or_none()
    if row is None:
        return None
    if row.to_note and looks:
        await connection.execute(NOTE, {"token": row.token_hash})
    return SignedIn(user_of(row), row.token_hash, row.shown_lately)


async def who_are_signed_in(connection: AsyncConnection, token_hashes: Sequence[str]) -> dict[str, User]:
    """Whose sessions these are, without those that are over; that it is asked keeps none of them."""
    values = {"tokens": list(token_hashes), "idle": IDLE, "longest": LONGEST}
    return {row.token_hash: user_of(row) for row in await connection.execute(OPEN_NOW, values)}


async def end(connection: AsyncConnection, token: str) -> None:
    """Whoever has this token is signed in no more."""
    await connection.execute(END, {"token": hashed(token)})
