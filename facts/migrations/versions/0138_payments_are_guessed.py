"""When open cases will be paid, and which debtors are alike, as it is guessed: written over by each refresh."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0138"
down_revision = "0137"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was guessed so far."""
    chances = ("chance_7", "chance_14", "chance_30")
    op.create_table(
        "payment_score",
        sa.Column[Any]("case_id", sa.Integer(), nullable=False),
        sa.Column[Any]("version_id", sa.Integer(), nullable=False),
        sa.Column[Any]("scored_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column[Any](chance, sa.Numeric(5, 4), nullable=False) for chance in chances),
        sa.Column[Any]("chance_next_step", sa.Numeric(5, 4), nullable=True),
        sa.Column[Any]("expected_money", sa.Numeric(14, 2), nullable=False),
        sa.Column[date | None]("expected_on", sa.Date(), nullable=True),
        sa.Column[Any]("cold", sa.Boolean(), nullable=False),
        sa.Column[Any]("why", JSONB(), nullable=False),
        sa.Column[Any]("late_because", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_case.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "found_segment",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("key", sa.String(), nullable=False),
        sa.Column[Any]("name", sa.String(), nullable=False),
        sa.Column[Any]("named_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("creditor_id", "key"),
    )
    op.create_table(
        "debtor_segment",
        sa.Column[Any]("debtor_id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("segment", sa.String(), nullable=False),
        sa.Column[Any]("version", sa.String(), nullable=False),
        sa.Column[Any]("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"]),
        sa.ForeignKeyConstraint(["creditor_id", "segment"], ["found_segment.creditor_id", "found_segment.key"]),
        sa.PrimaryKeyConstraint("debtor_id"),
    )
    op.create_index("debtor_segment_of", "debtor_segment", ["creditor_id", "segment"])
