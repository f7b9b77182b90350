"""What creditors agreed with their banks on the references that these take is known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0113"
down_revision = "0112"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before have told of no such agreement."""
    op.add_column("creditor", sa.Column("reference_checks", JSONB(), server_default=sa.text("'{}'"), nullable=False))
