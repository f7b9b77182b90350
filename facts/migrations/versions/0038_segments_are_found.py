"""The segments that there are, and the invoices of one, are found by an index."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Most creditors name none."""
    op.create_index(
        "invoice_segment", "invoice", ["creditor_id", "segment", "id"], postgresql_where="segment is not null"
    )
