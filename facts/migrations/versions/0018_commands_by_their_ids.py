"""Commands are known by their ids in a table of their own, with what was answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "received_command",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("command", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("answer", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        """
        insert into received_command (id, answer, happened_at, recorded_at)
        select event_id, '{"news": 0, "result": null}', happened_at, recorded_at from webhook_event where source = 'command'
        """
    )
