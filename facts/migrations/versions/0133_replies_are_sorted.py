"""What comes in is sorted by what it says: once, and what came of that is never changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0133"
down_revision = "0132"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What came before waits to be sorted as well; what was read already holds nothing."""
    op.add_column("reply", sa.Column[Any]("sorted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "reply_unsorted",
        "reply",
        [sa.text("(done_at is not null)"), "id"],
        postgresql_where=sa.text("sorted_at is null"),
    )
    op.create_table(
        "reply_sorting",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("reply_id", sa.Integer(), nullable=False),
        sa.Column[Any]("classes", JSONB(), nullable=False),
        sa.Column[Any]("quotes", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column[Any]("stop", sa.Boolean(), nullable=False),
        sa.Column[Any]("urgent", sa.Boolean(), nullable=False),
        sa.Column[Any]("version", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"]),
        sa.PrimaryKeyConstraint("reply_id"),
    )
    op.execute(
        "create trigger append_only before update or delete on reply_sorting "
        "for each row execute function refuse_change()"
    )
