"""Credit of one invoice pays another of the same debtor's."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was used, of which payment, and what came back."""
    op.create_table(
        "credit_use",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("from_invoice_id", sa.Integer(), nullable=False),
        sa.Column("to_invoice_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.ForeignKeyConstraint(["from_invoice_id"], ["invoice.id"]),
        sa.ForeignKeyConstraint(["to_invoice_id"], ["invoice.id"]),
        sa.ForeignKeyConstraint(["payment_id"], ["incoming_payment.id"]),
        sa.ForeignKeyConstraint(["undoes"], ["credit_use.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("creditor_id", "from_invoice_id", "to_invoice_id", "payment_id", "undoes"):
        op.create_index(f"ix_credit_use_{column}", "credit_use", [column])
