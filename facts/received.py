"""What came before is not done again: a command by its id, a request by its key, each with the answer it got."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json
from facts.refusals import CommandRefused

OF_EARLIER_VERSIONS = {"news": 0, "result": None}  # who asks again has heard the news long ago
# Commands that an older version records while the new one starts have their ids among the events of webhooks.
CLAIM = text("""
insert into received_command (id, command, target, happened_at)
select cast(:id as text), :command, :target, :now
where not exists (select from webhook_event where source = 'command' and event_id = :id)
on conflict do nothing returning id
""")
KNOWN = text("""
select answer, (command, target) <> (:command, :target) as differs
from received_command where id = :id
""")
IS_KNOWN = text("select exists (select from received_command where id = :id)")
ANSWER = text("update received_command set answer = cast(:answer as jsonb) where id = :id")
# Two requests with one key wait for each other; the lock ends with the transaction.
LOCK = text("select pg_advisory_xact_lock(hashtextextended(:creditor || ' ' || :key, 0))")
FIND = text("select request_hash, status, answer from idempotency_key where creditor_id = :creditor and key = :key")
KEEP = text("""
insert into idempotency_key (creditor_id, key, request_hash, status, answer, happened_at)
values (:creditor, :key, :request_hash, :status, cast(:answer as jsonb), :now)
""")
# A command that came with a key is forgotten with it: the key may be somebody's next one, for the same case too.
FORGET = text("""
with old as (
    delete from idempotency_key where (creditor_id, key) in (
        select creditor_id, key from idempotency_key where happened_at < :before limit :most)
    returning creditor_id, key),
commands as (
    delete from received_command c using old where c.id = 'api#' || old.creditor_id || '#' || old.key)
select count(*) from old
""")
KEPT_FOR = timedelta(days=30)  # a request by its key, at least
AT_ONCE = 1000  # keys that are forgotten in one transaction


async def claim(
    connection: AsyncConnection, id: str, command: str, target: str, now: datetime
) -> dict[str, Any] | None:
    """The answer that this id got before, or None: then it is ours. Waits for the same id that is under way.

    Raises CommandRefused where it came with another command, or for another target.
    """
    values = {"id": id, "command": command, "target": target, "now": now}
    if (await connection.execute(CLAIM, values)).scalar_one_or_none() is not None:
        return None
    known = (await connection.execute(KNOWN, values)).one_or_none()
    if known is not None and known.differs:
        raise CommandRefused(f"{id} came before with another command: give a new command a new id")
    answer: dict[str, Any] = known.answer if known is not None else OF_EARLIER_VERSIONS
    return answer


async def is_known(connection: AsyncConnection, id: str) -> bool:
    """Whether a command of this id came before."""
    return bool((await connection.execute(IS_KNOWN, {"id": id})).scalar_one())


async def answer(connection: AsyncConnection, id: str, answer: dict[str, Any]) -> None:
    """Store what a claimed command came to."""
    await connection.execute(ANSWER, {"id": id, "answer": to_json(answer)})


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered before."""

    request_hash: str
    status: int
    answer: dict[str, Any]


async def answered(connection: AsyncConnection, creditor: str, key: str) -> Answered | None:
    """The answer this key got before, or None. Waits for a request with the same key that is under way."""
    values = {"creditor": creditor, "key": key}
    await connection.execute(LOCK, values)
    row = (await connection.execute(FIND, values)).one_or_none()
    return Answered(row.request_hash, row.status, row.answer) if row else None


async def keep(connection: AsyncConnection, creditor: str, key: str, answer: Answered, now: datetime) -> None:
    """Store the answer in the transaction of what it tells of."""
    values = {
        "creditor": creditor,
        "key": key,
        "request_hash": answer.request_hash,
        "status": answer.status,
        "answer": to_json(answer.answer),
        "now": now,
    }
    await connection.execute(KEEP, values)


async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Forget keys that are older than `KEPT_FOR`, a good many at a time; gives how many there were."""
    values = {"before": now - KEPT_FOR, "most": AT_ONCE}
    return int((await connection.execute(FORGET, values)).scalar_one())
