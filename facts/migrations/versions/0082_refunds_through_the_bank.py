"""Refunds through the bank: how a creditor pays back, what a second person says, the files and what stands in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of refunds that were paid before."""
    op.add_column("creditor", sa.Column("pay_out", JSONB(), nullable=True))
    op.add_column("refund", sa.Column("account_by", sa.String(), nullable=True))
    op.create_index("refund_due", "refund", ["creditor_id"], postgresql_where=sa.text("state = 'due'"))
    _table(
        "refund_verdict",
        sa.Column("refund_id", sa.Integer(), sa.ForeignKey("refund.id"), nullable=False, index=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("to_account", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
    )
    _table(
        "refund_file",
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False, index=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("message_id", sa.String(), nullable=False, unique=True),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
    )
    _table(
        "refund_order",
        sa.Column("refund_id", sa.Integer(), sa.ForeignKey("refund.id"), nullable=False, index=True),
        sa.Column("file_id", sa.Integer(), sa.ForeignKey("refund_file.id"), nullable=False, index=True),
        sa.Column("end_to_end", sa.String(), nullable=False, unique=True),
        sa.Column("to_account", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
    )
    op.create_index(
        "refund_order_once",
        "refund_order",
        ["refund_id"],
        unique=True,
        postgresql_where=sa.text("returned_on is null"),
    )


def _table(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        *columns,
    )
