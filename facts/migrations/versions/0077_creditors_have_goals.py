"""What a creditor wants to reach, month by month."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has goals yet."""
    op.add_column("creditor", sa.Column("goals", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
