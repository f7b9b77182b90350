"""Who calls somebody at the desk is told to them, unless they want not to hear."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Everybody hears who has a phone system that tells: each may turn it off."""
    op.add_column("desk_user", sa.Column("hears_calls", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.create_table(
        "incoming_call",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("desk_user.id"), nullable=False),
        sa.Column("call_hash", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("contact_points", JSONB(), nullable=False),
        sa.UniqueConstraint("creditor_id", "call_hash", "user_id"),
    )
    op.create_index("incoming_call_of_user", "incoming_call", ["user_id", "recorded_at"])
