"""A creditor in test mode has a clock of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has one yet: who has none is live."""
    op.create_table(
        "creditor_clock",
        sa.Column("creditor_id", sa.String(length=40), nullable=False),
        sa.Column("ahead", sa.Interval(), nullable=False),
        sa.Column("target", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("creditor_id"),
    )
