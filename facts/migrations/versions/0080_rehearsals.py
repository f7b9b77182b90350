"""Whoever tries a creditor out in test mode may get all of its messages, as a fact that is never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody gets any so far."""
    op.create_table(
        "rehearsal",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rehearsal_of_creditor", "rehearsal", ["creditor_id", "id"])
    op.execute(
        "create trigger append_only before update or delete on rehearsal for each row execute function refuse_change()"
    )
