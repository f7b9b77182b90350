"""Credit notes as they came, why lines bear no VAT, and what a supply to another country tells: e-invoices of all of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0131"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Credit notes of before stand in the ledger alone: what they took back besides money nobody kept."""
    op.add_column("invoice_line", sa.Column[Any]("vat_exemption", sa.String()))
    op.add_column("invoice", sa.Column[Any]("buyer_vat_number", sa.String()))
    op.add_column("invoice", sa.Column[Any]("delivery_date", sa.Date()))
    op.add_column("invoice", sa.Column[Any]("delivery_country", sa.String()))
    op.create_table(
        "credit_note",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("invoice_id", sa.Integer(), nullable=False),
        sa.Column[Any]("number", sa.String(), nullable=False),
        sa.Column[Any]("issue_date", sa.Date(), nullable=False),
        sa.Column[Any]("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column[Any]("reason", sa.String()),
        sa.Column[Any]("lines", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creditor_id", "number"),
    )
    op.create_index("ix_credit_note_invoice_id", "credit_note", ["invoice_id"])
