"""The desk has an inbox: who has a thread, until when it rests, and within how many hours a creditor answers."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has any of what waits, and creditors answer within a working day."""
    op.create_table(
        "desk_thread",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("debtor_id", sa.Integer(), sa.ForeignKey("debtor.id"), nullable=True, unique=True),
        sa.Column("reply_id", sa.Integer(), sa.ForeignKey("reply.id"), nullable=True, unique=True),
        sa.Column("assigned_to", sa.Integer(), sa.ForeignKey("desk_user.id"), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_after", sa.Integer(), server_default="0", nullable=False),
        sa.Column("merged_into", sa.Integer(), sa.ForeignKey("debtor.id"), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
    )
    op.create_index("ix_desk_thread_assigned_to", "desk_thread", ["assigned_to"])
    op.create_index("ix_desk_thread_merged_into", "desk_thread", ["merged_into"])
    op.create_index("reply_done_lately", "reply", ["done_at", "id"], postgresql_where=sa.text("done_by <> 'purr'"))
    op.add_column("creditor", sa.Column("answer_within", sa.Integer(), server_default="8", nullable=False))
