"""Losses: when a creditor lets go of what is left of a closed case, and where such cases are found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has a rule before it is told."""
    op.add_column("creditor", sa.Column("losses", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.create_index(
        "dunning_case_left",
        "dunning_case",
        ["creditor_id", "id"],
        postgresql_where=sa.text("state = 'closed' and balance > 0"),
    )
