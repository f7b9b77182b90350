"""A creditor may tell as whom the bank knows the holder of its accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0118"
down_revision = "0117"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before are known by their own names."""
    op.add_column("creditor", sa.Column("account_holder", sa.String(), nullable=True))
