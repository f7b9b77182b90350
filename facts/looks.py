"""How creditors look: the latest colour and logo of each count, and all are kept."""

import base64
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.look import Logo, Look


def look_of(creditor: str) -> str:
    """SQL: a creditor's look as `look` reads it; null where it has none of its own."""
    return f"""(select case when l.colour is not null then json_build_array(l.colour, l.media_type, encode(l.logo, 'base64')) end
    from creditor_look l where l.creditor_id = {creditor} order by l.id desc limit 1)"""


READ = text(f"select {look_of('cast(:creditor as text)')} as look")
ADD = text("""
insert into creditor_look (creditor_id, colour, media_type, logo, by, reason_code, happened_at)
values (:creditor, :colour, :media_type, :logo, :by, :reason_code, :now)
""")


def look(told: Any) -> Look | None:
    """What `look_of` gave."""
    if told is None:
        return None
    colour, media_type, logo = told
    return Look(colour, Logo(media_type, base64.b64decode(logo)) if logo else None)


async def read(connection: AsyncConnection, creditor: str) -> Look | None:
    """A creditor's own look; None where it has none."""
    return look((await connection.execute(READ, {"creditor": creditor})).scalar_one())


async def put(
    connection: AsyncConnection, creditor: str, wanted: Look | None, by: str, reason_code: str, now: datetime
) -> None:
    """From now on it looks like this; None: as everybody. Whoever puts it has checked it."""
    logo = wanted.logo if wanted else None
    values = {
        "creditor": creditor,
        "colour": wanted.colour if wanted else None,
        "media_type": logo.media_type if logo else None,
        "logo": logo.content if logo else None,
    }
    await connection.execute(ADD, values | {"by": by, "reason_code": reason_code, "now": now})
