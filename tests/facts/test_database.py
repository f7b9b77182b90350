"""No connection waits for ever: for a lock, for a statement, or for whoever left a transaction open."""

import pytest
from sqlalchemy import text

from facts.database import Database, Limits
from web.app import IN_A_HURRY

LONG: Limits = {}


@pytest.mark.parametrize(
    ("limits", "lock", "statement", "idle"), [(LONG, "20s", "5min", "2min"), (IN_A_HURRY, "2s", "15s", "15s")]
)
async def test_every_connection_has_its_limits(
    postgres_url: str, limits: Limits, lock: str, statement: str, idle: str
) -> None:
    database = Database(postgres_url, **limits)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    async with database.transaction() as connection:
        known = [(await connection.execute(text(f"show {name}"))).scalar_one() for name in names]
    await database.close()
    assert known == [lock, statement, idle]
