"""What e-invoices tell besides: the VAT of each line, and a creditor's VAT number where it is one of its own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0127"
down_revision = "0126"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines of before were given without it."""
    op.add_column("creditor", sa.Column[Any]("vat_number", sa.String()))
    op.add_column("invoice_line", sa.Column[Any]("vat_category", sa.String()))
    op.add_column("invoice_line", sa.Column[Any]("vat_rate", sa.Numeric(5, 2)))
    op.add_column("invoice_line", sa.Column[Any]("net", sa.Numeric(14, 2)))
