"""Requests that were answered are forgotten by their age."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index by which the old ones are found."""
    op.create_index("idempotency_key_age", "idempotency_key", ["happened_at"])
