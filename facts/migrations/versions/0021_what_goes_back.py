"""Refunds that a reversal was, captures of one payment by their ids, and at what rate a plan's interest runs, from when."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was owed back until now stays so, and plans of until now keep the interest that was agreed."""
    op.add_column("refund", sa.Column("reversal_id", sa.Integer(), nullable=True))
    op.create_foreign_key(None, "refund", "incoming_payment", ["reversal_id"], ["id"])
    op.create_index("ix_refund_reversal_id", "refund", ["reversal_id"])
    op.add_column("instalment_plan", sa.Column("interest_rate", sa.Numeric(), nullable=True))
    op.add_column("instalment_plan", sa.Column("interest_from", sa.Date(), nullable=True))
    op.create_table(
        "provider_capture",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("capture", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("provider", "payment", "capture"),
    )
    op.drop_index("payment_attempt_started", "payment_attempt")
    op.create_index(
        "payment_attempt_under_way",
        "payment_attempt",
        ["happened_at"],
        postgresql_where=sa.text("state in ('started', 'processing')"),
    )
