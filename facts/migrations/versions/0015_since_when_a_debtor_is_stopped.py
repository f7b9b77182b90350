"""A debtor's stop knows its day: what an insolvent debtor owes from later invoices runs apart."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the day; null, where it is not known, stops every invoice."""
    op.add_column("debtor", sa.Column("stopped_on", sa.Date(), nullable=True))
