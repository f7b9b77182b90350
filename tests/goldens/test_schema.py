"""The tables as the code knows them are the tables that the migrations make."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from facts import tables  # noqa: F401  the tables fill the metadata
from tests.world import fresh_database


def test_the_migrated_database_is_the_one_that_the_tables_describe(postgres_url: str) -> None:
    engine = create_engine(fresh_database(postgres_url, "schema"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()
