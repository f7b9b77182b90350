"""Replies are read: what they seem to say, what they are about, who has read them, and the holds they ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.alter_column("reply", "creditor_id", existing_type=sa.String(), nullable=True)
    op.alter_column("reply", "debtor_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("reply", sa.Column("case_id", sa.Integer(), nullable=True))
    op.add_column("reply", sa.Column("sender", sa.String(), nullable=True))
    op.add_column("reply", sa.Column("meaning", sa.String(), nullable=True))
    op.add_column("reply", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reply", sa.Column("done_by", sa.String(), nullable=True))
    op.add_column("reply", sa.Column("result", sa.String(), nullable=True))
    op.create_foreign_key("reply_case_id_fkey", "reply", "dunning_case", ["case_id"], ["id"])
    op.create_index(op.f("ix_reply_case_id"), "reply", ["case_id"], unique=False)
    op.create_index(op.f("ix_reply_sender"), "reply", ["sender"], unique=False)
    op.create_index("reply_unread", "reply", ["debtor_id"], unique=False, postgresql_where=sa.text("done_at is null"))
    op.add_column("hold", sa.Column("reply_id", sa.Integer(), nullable=True))
    op.create_foreign_key("hold_reply_id_fkey", "hold", "reply", ["reply_id"], ["id"])
    op.create_index(op.f("ix_hold_reply_id"), "hold", ["reply_id"], unique=False)
