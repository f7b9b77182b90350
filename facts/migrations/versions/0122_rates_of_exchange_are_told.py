"""Creditors tell rates of exchange, by which reports are in their own currency."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0122"
down_revision = "0121"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is known of before."""
    op.create_table(
        "exchange_rate",
        sa.Column[datetime]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[datetime](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[int]("id", sa.Integer(), nullable=False),
        sa.Column[str]("creditor_id", sa.String(), nullable=False),
        sa.Column[str]("currency", sa.String(), nullable=False),
        sa.Column[str]("into_currency", sa.String(), nullable=False),
        sa.Column[date]("of_day", sa.Date(), nullable=False),
        sa.Column[Decimal]("rate", sa.Numeric(16, 8), nullable=False),
        sa.Column[str]("source", sa.String(), nullable=False),
        sa.Column[str]("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    columns: list[Any] = ["creditor_id", "into_currency", "of_day", "currency", "id"]
    op.create_index("exchange_rate_of_day", "exchange_rate", columns)
    op.execute(
        "create trigger append_only before update or delete on exchange_rate for each row execute function refuse_change()"
    )
