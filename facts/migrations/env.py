"""Alembic's environment: runs the migrations in one transaction, one process at a time."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from facts import tables  # noqa: F401  the tables fill the metadata

MIGRATION_LOCK = 7_717_301  # any number that nobody else uses as an advisory lock

engine = create_engine(context.config.attributes["url"])
with engine.begin() as connection:
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
