"""Sums that a centre paid out are kept as the file with their payments tells them: each explains one entry of an account."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0132"
down_revision = "0131"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Files that were read before tell nothing of their sums: those entries wait for a person, as before."""
    id: sa.Column[int] = sa.Column("id", sa.Integer(), primary_key=True)
    creditor: sa.Column[str] = sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False)
    number: sa.Column[str] = sa.Column("number", sa.String(), nullable=False)
    day: sa.Column[date] = sa.Column("day", sa.Date(), nullable=False)
    serial: sa.Column[str] = sa.Column("serial", sa.String(), nullable=False)
    amount: sa.Column[Decimal] = sa.Column("amount", sa.Numeric(14, 2), nullable=False)
    currency: sa.Column[str] = sa.Column("currency", sa.String(), nullable=False)
    payments: sa.Column[int] = sa.Column("payments", sa.Integer(), nullable=False)
    told_as: sa.Column[str | None] = sa.Column("told_as", sa.String(), nullable=True)
    happened_at: sa.Column[datetime] = sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False)
    recorded_at: sa.Column[datetime] = sa.Column(
        "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
    )
    op.create_table(
        "deposit",
        *(id, creditor, number, day, serial, amount, currency, payments, told_as, happened_at, recorded_at),
        sa.UniqueConstraint("creditor_id", "day", "number", "serial", "amount", "payments"),
    )
