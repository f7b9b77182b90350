"""Debtors see on their page that somebody is at the inbox just now."""

import sqlalchemy as sa
from alembic import op

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What nobody would miss after a crash is written down in no log."""
    op.create_table(
        "desk_at_inbox",
        sa.Column("tab", sa.String(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("desk_user.id"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_desk_at_inbox_user_id", "desk_at_inbox", ["user_id"])
