"""What a person makes of what a reply was taken to ask for is kept: once each, and never changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0134"
down_revision = "0133"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was asked so far."""
    op.create_table(
        "reply_verdict",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("reply_id", sa.Integer(), nullable=False),
        sa.Column[Any]("kind", sa.String(), nullable=False),
        sa.Column[Any]("verdict", sa.String(), nullable=False),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reply_id", "kind"),
    )
    op.create_index("reply_verdict_at", "reply_verdict", ["happened_at"])
    op.execute(
        "create trigger append_only before update or delete on reply_verdict "
        "for each row execute function refuse_change()"
    )
