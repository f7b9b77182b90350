"""Draws are told: whether the bank tells of a claim, and what a message said is drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A claim knows whether the bank tells of it (of those before, nothing is said anew), a message what it told."""
    op.add_column("claim", sa.Column("bank_tells", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("delivery_case", sa.Column("drawn", sa.Numeric(14, 2), nullable=True))
    op.add_column("delivery_case", sa.Column("drawn_on", sa.Date(), nullable=True))
    op.add_column("delivery_case", sa.Column("drawn_instalment", sa.Integer(), nullable=True))
