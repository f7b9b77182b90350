"""Words that are often answered are kept, each of a creditor and in a language."""

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is kept so far."""
    op.create_table(
        "desk_saved_reply",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.UniqueConstraint("creditor_id", "language", "title"),
    )
