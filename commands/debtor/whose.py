"""A person tells whose words are: which of an adviser's clients they are about, or who wrote whom nobody knew. They are heard
as that one's, and the others wait no more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import OPEN_OF_ALL, done, heard
from commands.debtor.said import Said
from commands.debtor.written_about import speaker
from domain.parties.automatic_mail import Automatic
from domain.parties.replies import Meaning
from facts.cases.locks import lock_cases
from facts.parties import debtors
from facts.refusals import Conflict, Unknown
from planning.service import Planning

READ = text("""
select r.creditor_id, r.channel, r.text, r.meaning, r.sender, r.delivery_id, r.automatic, r.subject, r.quoted, r.html, r.topic,
  r.done_at, r.debtor_id, (select array_agg(k.debtor_id) from reply_candidate k where k.reply_id = r.id) as candidates
from reply r where r.id = :reply and (cast(:creditor as text) is null or r.creditor_id = :creditor) for update of r
""")
CLIENT = text("""
select d.id, d.creditor_id, d.customer_number, d.name_key from debtor d where d.id = :debtor
""")
FILES_GO_WITH = text("update reply_file set reply_id = :heard where reply_id = :reply")


async def tell_whose(
    connection: AsyncConnection,
    planning: Planning,
    creditor: str | None,
    reply: int,
    customer_number: str,
    called: str | None,
    by: str,
    now: datetime,
) -> int:
    """The words stand in the client's thread from now on, and do there what they say: gives their number there.

    Raises Unknown, and Conflict where it is known already, or the debtor is none of those it may be about.
    """
    found = (await connection.execute(READ, {"reply": reply, "creditor": creditor})).one_or_none()
    if found is None or not found.candidates:
        raise Unknown(f"reply {reply} does not ask whose it is: `replies list` names those that do")
    if found.done_at is not None:
        raise Conflict(f"reply {reply} is read: it is told, or was passed over")
    client = await debtors.find(connection, found.creditor_id, customer_number, called)
    if client is None or client.id not in found.candidates:
        raise Conflict(f"{customer_number} is none of the clients of whoever wrote: the task names them")
    return await _is_of(connection, planning, found, found.candidates, reply, client.id, by, now)


async def bind(connection: AsyncConnection, planning: Planning, reply: int, debtor: int, by: str, now: datetime) -> int:
    """What somebody unknown wrote is this debtor's, as a person says: gives its number in the debtor's thread.

    Of an adviser's words the debtor is one of the clients whom they may be about. Raises Unknown, and Conflict where it is
    known already, or cannot be this debtor's.
    """
    found = (await connection.execute(READ, {"reply": reply, "creditor": None})).one_or_none()
    if found is None or found.debtor_id is not None:
        raise Unknown(f"reply {reply} does not ask whose it is: `replies list` names those that do")
    if found.done_at is not None:
        raise Conflict(f"reply {reply} is read: it is told, or was passed over")
    owner = (await connection.execute(CLIENT, {"debtor": debtor})).one()
    if found.creditor_id not in (None, owner.creditor_id) or (found.candidates and debtor not in found.candidates):
        raise Conflict(f"reply {reply} cannot be theirs: it was written to somebody else, or is about others")
    return await _is_of(connection, planning, found, found.candidates or [debtor], reply, debtor, by, now)


async def _is_of(
    connection: AsyncConnection,
    planning: Planning,
    found: Any,
    concerned: Sequence[int],
    reply: int,
    debtor: int,
    by: str,
    now: datetime,
) -> int:
    """It is heard as the debtor's, and is done with where it stood before."""
    await lock_cases(connection, (await connection.execute(OPEN_OF_ALL, {"debtors": list(concerned)})).scalars().all())
    owner = (await connection.execute(CLIENT, {"debtor": debtor})).one()
    said = Said(
        found.channel,
        found.text,
        Meaning(found.meaning) if found.meaning else None,
        found.sender,
        delivery=found.delivery_id,
        tied_by="person",
        automatic=Automatic(found.automatic) if found.automatic else None,
        subject=found.subject,
        quoted=found.quoted,
        html=found.html,
        topic=found.topic,
        said_by=await speaker(connection, planning, debtor, now) if found.candidates else None,
    )
    number = await heard(connection, planning, owner, said, now)
    await connection.execute(FILES_GO_WITH, {"heard": number, "reply": reply})
    await done(connection, found.creditor_id, reply, by, f"it is about {owner.customer_number or owner.id}", now)
    return number
