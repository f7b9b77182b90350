"""Invoices have their PDF: as the creditor wrote it, kept once for a content."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """PDFs by what they hold, and which one an invoice has."""
    op.create_table(
        "invoice_pdf",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), primary_key=True),
        sa.Column("sha256", sa.String(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.add_column("invoice", sa.Column("pdf_sha256", sa.String(), nullable=True))
