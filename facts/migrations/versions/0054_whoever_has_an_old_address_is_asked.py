"""Whoever has an address of which nothing was heard for long is asked whether it is right: when, is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was asked so far."""
    op.add_column("contact_point", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
