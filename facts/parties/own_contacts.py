"""Where whoever has the page is written to today, and their own word that it is right."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A mobile number is one thing to its owner, for SMS, direct messages and calls.
_THEIRS = """
debtor_id = :debtor and of_representative = :another and state = 'valid'
  and channel in ('email', 'sms', 'direct_message', 'phone')
"""
READ = text(f"""
select distinct on (channel = 'email', address_key) case channel when 'email' then 'email' else 'phone' end as channel, address,
  last_confirmed_at
from contact_point where {_THEIRS} order by channel = 'email' desc, address_key, last_confirmed_at desc nulls last
""")
CONFIRM = text(f"update contact_point set last_confirmed_at = :now where {_THEIRS} returning id")


@dataclass(frozen=True, slots=True)
class OwnContact:
    """An email address or a phone number that messages go to, and when somebody last gave or confirmed it (UTC)."""

    channel: str  # email | phone
    address: str
    confirmed_at: datetime | None


async def read(connection: AsyncConnection, debtor: int, *, another: bool) -> list[OwnContact]:
    """The debtor's own, or of whoever stands in where that is `another`."""
    rows = (await connection.execute(READ, {"debtor": debtor, "another": another})).all()
    return [OwnContact(*row) for row in rows]


async def confirm(connection: AsyncConnection, debtor: int, now: datetime, *, another: bool) -> bool:
    """They say that it is right: as good as given anew. Gives whether there is anything to be right."""
    values = {"debtor": debtor, "another": another, "now": now}
    return bool((await connection.execute(CONFIRM, values)).all())
