"""People work at the desk: who they are, where they are signed in, and whom they looked at."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None


def _of_every_fact() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), primary_key=True),
    )


def upgrade() -> None:
    """Nobody does so far."""
    op.create_table(
        "desk_user",
        *_of_every_fact(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("roles", JSONB(), nullable=False),
        sa.Column("creditors", JSONB(), nullable=True),
        sa.Column("agency", sa.String(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
    )
    op.create_index("desk_user_name", "desk_user", ["name"], unique=True)
    op.create_index("desk_user_subject", "desk_user", ["issuer", "subject"], unique=True)
    op.create_index("desk_user_email", "desk_user", ["email"], unique=True)
    op.create_table(
        "desk_session",
        sa.Column("token_hash", sa.String(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("desk_user.id"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_desk_session_user_id", "desk_session", ["user_id"])
    op.create_table(
        "desk_audit",
        *_of_every_fact(),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=True),
        sa.Column("debtor_id", sa.Integer(), sa.ForeignKey("debtor.id"), nullable=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("dunning_case.id"), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("detail", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.create_index("desk_audit_of_case", "desk_audit", ["case_id", "id"])
    op.create_index("desk_audit_of_debtor", "desk_audit", ["debtor_id", "id"])
    op.create_index("desk_audit_of_user", "desk_audit", ["by", "id"])
    op.create_index("desk_audit_of_creditor", "desk_audit", ["creditor_id", "id"])
    op.execute(
        "create trigger append_only before update or delete on desk_audit for each row execute function refuse_change()"
    )
