"""How much of what is written lies unread: the rest is counted and said, so that a flood costs little and hides nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.said import Said
from facts import diary

MOST_UNREAD = 20  # of a debtor by one way, or of one stranger
MOST_OF_STRANGERS = 500  # unread of a day, of all whom nobody knows
NOT_KEPT = "; more came after it that is not kept: read this, and ask for the rest"

# Whoever proves nothing takes no room from who does: a mail that answers ours counts apart from all other mail, an SMS
# with those of its own number. Of machines all of a day counts, for they are read at once.
LIKE_IT = text("""
select count(*) as lie, max(r.id) as latest, coalesce(array_agg(distinct r.meaning), '{}') as said from reply r
where r.debtor_id = :debtor and r.channel = :channel and (r.automatic is not null) = :by_machine
  and (r.done_at is null or r.automatic is not null and r.happened_at > cast(:now as timestamptz) - interval '1 day')
  and case when r.channel = 'email' then (r.delivery_id is not null) = :proven else r.sender = :sender end
""")
OF_STRANGERS = text("""
select count(*) filter (where r.sender = :sender) as lie, max(r.id) filter (where r.sender = :sender) as latest,
  count(*) as lie_of_all, max(r.id) as latest_of_all
from reply r where r.debtor_id is null and r.creditor_id is null and r.happened_at > cast(:now as timestamptz) - interval '1 day'
  and (r.done_at is null or r.sender = :sender)
""")
OF_ANY = text("""
select count(*) as lie, max(id) as latest from reply
where debtor_id is null and creditor_id = :creditor and sender = :sender and done_at is null
""")
ONE_MORE = text("update reply set more = more + 1 where id = :reply returning more")
SAY = text("update debtor_task set why = why || :words where reply_id = :reply and done_at is null")


async def has_room(connection: AsyncConnection, debtor: int, said: Said, cases: Sequence[int], now: datetime) -> bool:
    """Whether what a debtor wrote is kept. What says something of the claim that no unread words say always is.

    Else it is counted with the latest that is kept; the first time its task and the diaries of the open `cases` say so.
    """
    values = {
        "debtor": debtor,
        "channel": said.channel,
        "sender": said.sender,
        "by_machine": said.automatic is not None,
        "proven": said.delivery is not None,
        "now": now,
    }
    found = (await connection.execute(LIKE_IT, values)).one()
    says_more = said.meaning is not None and said.automatic is None and said.meaning not in found.said
    if found.lie < MOST_UNREAD or says_more:
        return True
    if await _count(connection, found.latest) == 1:
        await connection.execute(SAY, {"reply": found.latest, "words": NOT_KEPT})
        lines: list[tuple[int, dict[str, Any]]] = [(case, {"reply": found.latest}) for case in cases]
        await diary.write(connection, "replies_not_kept", "purr", lines, now)
    return False


async def has_room_for_stranger(connection: AsyncConnection, sender: str | None, now: datetime) -> bool:
    """Whether what somebody wrote whom nobody knows is kept; else it is counted with what is."""
    found = (await connection.execute(OF_STRANGERS, {"sender": sender, "now": now})).one()
    if found.lie >= MOST_UNREAD or found.lie_of_all >= MOST_OF_STRANGERS:
        await _count(connection, found.latest or found.latest_of_all)
        return False
    return True


async def has_room_for_any(connection: AsyncConnection, creditor: str, sender: str | None) -> bool:
    """Whether what may be about any of several of a creditor's debtors is kept; else it is counted with what is."""
    found = (await connection.execute(OF_ANY, {"creditor": creditor, "sender": sender})).one()
    if found.lie >= MOST_UNREAD:
        await _count(connection, found.latest)
        return False
    return True


async def _count(connection: AsyncConnection, reply: int) -> int:
    """One more that is not kept, after the last that is. Gives how many there are."""
    more: int = (await connection.execute(ONE_MORE, {"reply": reply})).scalar_one()
    return more
