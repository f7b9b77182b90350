"""Alembic's environment: runs the migrations in one transaction, one process at a time, and makes the view anew."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from facts import tables  # noqa: F401  the tables fill the metadata
from facts.cases.circumstances import CREATE_VIEW, DROP_VIEW

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
        connection.execute(text(DROP_VIEW))  # a migration may change what it stands on
        context.run_migrations()
        connection.execute(text(CREATE_VIEW))
engine.dispose()
