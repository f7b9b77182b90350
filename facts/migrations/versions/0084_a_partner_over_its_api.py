"""A collection partner over its API: what is posted to it, its answers with their reasons, and what it asks."""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who has no address of an API hands off in files, as before."""
    op.add_column("creditor", sa.Column("collection_partner_url", sa.String(), nullable=True))
    op.add_column("creditor", sa.Column("partner_cursor", sa.String(), nullable=True))
    op.add_column("hand_off", sa.Column("reason_code", sa.String(), nullable=True))
    op.add_column("hand_off", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("hand_off_message", sa.Column("question", sa.String(), nullable=True))
    op.add_column("hand_off_message", sa.Column("answer", sa.String(), nullable=True))
    op.create_table(
        "partner_request",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hand_off_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["hand_off_id"], ["hand_off.id"]),
        sa.ForeignKeyConstraint(["message_id"], ["hand_off_message.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_partner_request_hand_off_id", "partner_request", ["hand_off_id"])
    op.create_index("ix_partner_request_message_id", "partner_request", ["message_id"])
    op.create_index(
        "partner_request_waiting",
        "partner_request",
        ["hand_off_id", "id"],
        postgresql_where=sa.text("taken_at is null"),
    )
