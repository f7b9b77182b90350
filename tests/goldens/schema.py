"""How the tables of a database differ from those that the code knows."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from facts import tables  # noqa: F401  the tables fill the metadata


def differences(database_url: str) -> list[Any]:
    """What a migration would still have to change, types and defaults included."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    return found
