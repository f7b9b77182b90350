"""Experiments are looked at every night, and what was seen is kept."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0145"
down_revision = "0144"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No experiment was looked at so far."""
    op.create_table(
        "experiment_look",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("experiment", sa.String(), nullable=False),
        sa.Column[Any]("result", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("experiment_look_of", "experiment_look", ["creditor_id", "experiment", "id"])
    op.execute(
        "create trigger append_only before update or delete on experiment_look "
        "for each row execute function refuse_change()"
    )


def downgrade() -> None:
    """Forget what was seen."""
    op.drop_table("experiment_look")
