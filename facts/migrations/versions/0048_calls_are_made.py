"""Calls are made: who is at one, when it is tried next, and what came of each try."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Calls so far were made once, and nobody is at one."""
    op.add_column("task", sa.Column("taken_by", sa.String(), nullable=True))
    op.add_column("task", sa.Column("taken_until", MOMENT, nullable=True))
    op.add_column("task", sa.Column("not_before", MOMENT, nullable=True))
    op.create_index(
        "task_calls", "task", ["creditor_id"], postgresql_where=sa.text("kind = 'call' and done_at is null")
    )
    op.create_table(
        "call_try",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("task_id", sa.Integer(), sa.ForeignKey("task.id"), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
    )
    op.create_index("ix_call_try_task_id", "call_try", ["task_id"])
