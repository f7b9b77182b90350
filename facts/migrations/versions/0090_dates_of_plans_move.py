"""One date of a plan may be moved, and who wants direct debit says up to which amount a month."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has moved a date yet, or has said an amount."""
    op.add_column("instalment", sa.Column("moved_from", sa.Date(), nullable=True))
    op.add_column("mandate", sa.Column("monthly_limit", sa.Numeric(14, 2), nullable=True))
