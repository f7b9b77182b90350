"""Buyers find their invoices: their order, reference, cost centre and contact."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a buyer finds an invoice by, as far as it is told."""
    for name in ("order_reference", "buyer_reference", "cost_centre", "buyer_contact"):
        op.add_column("invoice", sa.Column(name, sa.String(), nullable=True))
