"""What a creditor's process of today sent, day by day, to be held against a shadow; and the shadow's messages by day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was told so far."""
    op.create_table(
        "other_process_day",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent", JSONB(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("other_process_day_of_creditor", "other_process_day", ["creditor_id", "day", "id"])
    op.create_index(
        "delivery_of_shadow",
        "delivery",
        ["creditor_id", "claimed_at"],
        postgresql_where=sa.text("state = 'shadow'"),
    )
    op.execute(
        "create trigger append_only before update or delete on other_process_day "
        "for each row execute function refuse_change()"
    )
