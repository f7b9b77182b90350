"""Where a creditor's e-invoices come from, so that debtors can order them in their banks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0124"
down_revision = "0123"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody of before has told one."""
    column: sa.Column[dict[str, str]] = sa.Column("e_invoice", JSONB(), nullable=False, server_default=sa.text("'{}'"))
    op.add_column("creditor", column)
