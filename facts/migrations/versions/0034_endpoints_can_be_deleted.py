"""A webhook endpoint that its creditor deleted is gone for everybody; what it was told is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """When it was deleted."""
    op.add_column("webhook_endpoint", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
