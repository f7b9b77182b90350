"""A segment keeps the names that it had before persons renamed it: policies that name it so go on."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0148"
down_revision = "0147"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What segments were called so far is not known any more."""
    none = sa.text("'[]'::jsonb")
    op.add_column("found_segment", sa.Column[Any]("once_called", JSONB(), server_default=none, nullable=False))


def downgrade() -> None:
    """A policy that names a segment as it was called finds nobody in it."""
    op.drop_column("found_segment", "once_called")
