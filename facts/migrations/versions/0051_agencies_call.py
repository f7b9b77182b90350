"""Agencies call: a key may be an agency's, and a call may be given to one."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keys so far are the creditors' own, and so are calls."""
    op.add_column("api_key", sa.Column("agency", sa.String(), nullable=True))
    op.add_column("task", sa.Column("agency", sa.String(), nullable=True))
