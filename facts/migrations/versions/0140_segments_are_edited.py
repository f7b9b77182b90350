"""Segments say where they stand and may be merged or switched off by a person; how each debtor pays is kept beside them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0140"
down_revision = "0139"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was found so far."""
    empty = sa.text("'{}'::jsonb")
    op.add_column("found_segment", sa.Column[Any]("middle", JSONB(), server_default=empty, nullable=False))
    op.add_column("found_segment", sa.Column[Any]("channel", sa.String(), nullable=True))
    op.add_column("found_segment", sa.Column[Any]("found_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("found_segment", sa.Column[Any]("merged_into", sa.String(), nullable=True))
    op.add_column("found_segment", sa.Column[Any]("off", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "debtor_segment", sa.Column[Any]("found_in", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.create_table(
        "debtor_behaviour",
        sa.Column[Any]("debtor_id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("patterns", JSONB(), nullable=False),
        sa.Column[Any]("traits", JSONB(), server_default=empty, nullable=False),
        sa.Column[Any]("version", sa.String(), nullable=False),
        sa.Column[Any]("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"]),
        sa.PrimaryKeyConstraint("debtor_id"),
    )
    op.create_index("debtor_behaviour_of", "debtor_behaviour", ["creditor_id", "found_at"])
