"""A request with an idempotency key is answered once: the answer is stored together with what it did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json

# Two requests with one key wait for each other; the lock ends with the transaction.
LOCK = text("select pg_advisory_xact_lock(hashtextextended(:creditor || ' ' || :key, 0))")
FIND = text("select request_hash, status, answer from idempotency_key where creditor_id = :creditor and key = :key")
KEEP = text("""
insert into idempotency_key (creditor_id, key, request_hash, status, answer, happened_at)
values (:creditor, :key, :request_hash, :status, cast(:answer as jsonb), :now)
""")


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
