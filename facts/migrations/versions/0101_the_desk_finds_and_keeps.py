"""Invoices are found by their amounts; people at the desk keep cases and lists at hand."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0100"
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
    """What is left of an amount has its index already."""
    op.create_index("invoice_amount", "invoice", ["creditor_id", "amount", sa.text("id desc")])
    op.create_table(
        "desk_pin",
        *_of_every_fact(),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("dunning_case.id"), nullable=False),
        sa.UniqueConstraint("by", "case_id"),
    )
    op.create_index("ix_desk_pin_case_id", "desk_pin", ["case_id"])
    op.create_table(
        "desk_list",
        *_of_every_fact(),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.UniqueConstraint("by", "name"),
    )
