"""The connection to PostgreSQL: one engine, short transactions."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

import orjson
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"cannot be stored as JSON: {type(value)}")


def to_json(value: Any) -> str:
    """JSON text; amounts as strings, so that nothing turns into a float."""
    return orjson.dumps(value, default=_plain).decode()


def in_columns(kind: type["DataclassInstance"], records: Sequence["DataclassInstance"]) -> dict[str, Any]:
    """Each field of the records as a list, under its name: what a statement unnests."""
    return {field.name: [getattr(record, field.name) for record in records] for field in fields(kind)}


# Our statements are few and always the same: one plan each, made once for a connection. A plan that is made while the
# tables are still empty would scan them for good, so plans go by the indexes. A plan made before the limit of a page is
# known expects a tenth of the table, and would call helpers that cost more than the page.
SESSION = """
set timezone = 'UTC'; set jit = off; set plan_cache_mode = force_generic_plan;
set enable_seqscan = off; set random_page_cost = 1.1; set max_parallel_workers_per_gather = 0
"""


class Limits(TypedDict, total=False):
    """How many connections there are, and how many seconds a connection, a lock, a statement and an idle transaction may take."""

    pool_size: int
    connection_within: float
    lock_within: float
    statement_within: float
    idle_within: float


class Database:
    """A pool of connections to the facts. `url` is a PostgreSQL URL; psycopg is the driver."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 20,
        connection_within: float = 30,
        lock_within: float = 20,
        statement_within: float = 300,
        idle_within: float = 120,
    ) -> None:
        self.url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,  # a connection that comes and goes costs more than its statements
            pool_timeout=connection_within,
            pool_pre_ping=False,
            pool_use_lifo=True,
            hide_parameters=True,  # an error names no person
            json_serializer=to_json,
            json_deserializer=orjson.loads,
        )
        self._of_one_moment = self.engine.execution_options(isolation_level="REPEATABLE READ")
        limits = (
            f"set lock_timeout = '{lock_within}s'; set statement_timeout = '{statement_within}s'; "
            f"set idle_in_transaction_session_timeout = '{idle_within}s'"
        )
        event.listen(self.engine.sync_engine, "connect", partial(_prepare_connection, f"{SESSION}; {limits}"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose work is committed together at the end, or not at all."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with: whatever is committed meanwhile, its statements see one moment."""
        async with self._of_one_moment.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _prepare_connection(session: str, connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(session)
    connection.commit()
