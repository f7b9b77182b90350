"""Brings the database to the newest schema: `python -m facts.migrate`."""

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config


def migrate(database_url: str) -> None:
    """Upgrade the facts to the newest schema; harmless when they are there already."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    command.upgrade(config, "head")


if __name__ == "__main__":
    url = os.environ.get("PURR_DATABASE_URL")
    if not url:
        sys.exit("set PURR_DATABASE_URL to the facts' database, e.g. postgresql://user:password@host/purr")
    migrate(url)
