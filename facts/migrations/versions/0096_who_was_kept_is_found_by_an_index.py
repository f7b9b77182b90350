"""What each customer's invoices are due, and when each was first reminded, stands in an index."""

from alembic import op
from sqlalchemy import text

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The report of customers kept read all invoices and all messages of every customer that it counts."""
    op.create_index("invoice_of_debtor", "invoice", ["debtor_id", "due_date", "id"])
    op.drop_index("ix_invoice_debtor_id", "invoice")
    op.create_index(
        "delivery_reminder",
        "delivery",
        ["debtor_id", "accepted_at"],
        postgresql_include=["id"],
        postgresql_where=text(
            "message in ('reminder', 'block-warning', 'termination-warning', 'collection-notice') and not alert "
            "and state not in ('shadow', 'withdrawn')"
        ),
    )
