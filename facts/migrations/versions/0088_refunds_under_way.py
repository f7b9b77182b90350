"""Refunds that are owed or stand in a file are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They are few beside those that were paid."""
    op.create_index("refund_under_way", "refund", ["id"], postgresql_where=sa.text("state in ('due', 'ordered')"))
