"""At a business there is a contact for invoices, one for reminders, one who approves."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whoever is known so far is there for everything."""
    op.add_column("contact_point", sa.Column("role", sa.String(), nullable=True))
