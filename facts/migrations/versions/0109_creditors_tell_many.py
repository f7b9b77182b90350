"""Creditors tell many debtors of a price, a waiting time or an outage."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    """Nobody was told anything so far."""
    op.create_table(
        "announcement",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False),
        sa.Column("once", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at_work", sa.Boolean(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        _moment("counted_at"),
        sa.Column("sent_by", sa.String(), nullable=True),
        _moment("sent_at"),
        _moment("told_at"),
        sa.Column("stopped_by", sa.String(), nullable=True),
        _moment("stopped_at"),
    )
    op.create_index("announcement_of_creditor", "announcement", ["creditor_id", "id"])
    op.create_index("announcement_at_work", "announcement", ["id"], postgresql_where=sa.text("at_work"))
    op.create_table(
        "announced",
        sa.Column("announcement_id", sa.Integer(), sa.ForeignKey("announcement.id"), primary_key=True),
        sa.Column("recipient_id", sa.Integer(), sa.ForeignKey("debtor.id"), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("dunning_case.id"), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("left_out", sa.String(), nullable=True),
        _moment("told_at"),
    )
    op.create_index("announced_of_case", "announced", ["case_id"])
    op.create_index("announced_of_recipient", "announced", ["recipient_id"])
