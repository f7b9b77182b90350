"""Indexes that lists alone use: one that begins with the creditor would be taken for look-ups while a table is small."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A look-up by the creditor and something more has an index of its own, and is planned before the table grows."""
    for table in ("debtor", "incoming_payment"):
        op.drop_index(f"{table}_of_creditor", table)
        op.create_index(f"{table}_of_creditor", table, [sa.text("(creditor_id || '')"), "id"])
    op.drop_index("invoice_due", "invoice")
    op.create_index("invoice_due", "invoice", ["due_date"])
