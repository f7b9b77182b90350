"""Codes on paper: what a debtor types to open the invoice page."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "paper_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"]),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index(op.f("ix_paper_code_delivery_id"), "paper_code", ["delivery_id"])
    op.create_index(op.f("ix_paper_code_invoice_id"), "paper_code", ["invoice_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("paper_code")
