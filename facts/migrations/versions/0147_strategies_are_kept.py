"""What each change of one line of a policy would come to is judged once a week, and kept for whoever reads it."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0147"
down_revision = "0146"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No policy was judged so far."""
    op.create_table(
        "strategies_look",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("policy", sa.String(), nullable=False),
        sa.Column[Any]("found", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("strategies_look_of", "strategies_look", ["creditor_id", "policy", "id"])
    op.execute(
        "create trigger append_only before update or delete on strategies_look "
        "for each row execute function refuse_change()"
    )


def downgrade() -> None:
    """Forget what was found."""
    op.drop_table("strategies_look")
