"""Webhooks in turn: which messages go before the rest, and every secret of an endpoint that still signs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits keeps its turn by its type, and the secret before the last rotation signs on for its day."""
    op.add_column(
        "webhook_endpoint",
        sa.Column("secrets_before", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.execute("""
    update webhook_endpoint set secrets_before = jsonb_build_object(cast(secret_version - 1 as text), rotated_at)
    where rotated_at is not null
    """)
    op.add_column("webhook_message", sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("""
    update webhook_message set urgent = true
    where state <> 'delivered' and split_part(type, '.', 1) in ('service', 'payment')
    """)
    op.drop_index("webhook_message_ready", "webhook_message")
    op.create_index(
        "webhook_message_due",
        "webhook_message",
        ["endpoint_id", "urgent", "ready_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )
