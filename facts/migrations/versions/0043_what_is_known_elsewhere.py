"""What another creditor's debtor wishes of an address is kept apart from what its own creditor knows of it."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Addresses keep the states that they have."""
    op.add_column("contact_point", sa.Column("known_elsewhere", sa.String(), nullable=True))
