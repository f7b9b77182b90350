"""Creditors have their policies for single countries put over the API: each change is kept, none is ever changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0129"
down_revision = "0128"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has put any so far."""
    op.create_table(
        "creditor_policies",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("policies", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.Column[Any]("reason_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("creditor_policies_of_creditor", "creditor_policies", ["creditor_id", "id"])
    op.execute(
        "create trigger append_only before update or delete on creditor_policies "
        "for each row execute function refuse_change()"
    )
