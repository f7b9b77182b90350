"""Mandates wait: one that came before its invoice has no debtor yet."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A mandate needs no debtor."""
    op.alter_column("mandate", "debtor_id", existing_type=sa.Integer(), nullable=True)
