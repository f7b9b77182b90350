"""Invoices that are due by a day are found by an index."""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """For filters that few invoices fit."""
    op.create_index("invoice_due", "invoice", ["creditor_id", "due_date"])
