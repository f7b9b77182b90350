"""Accounting days: closed once each, with their vouchers; and the accounts of a creditor."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first row of a creditor is what was before: it has no vouchers."""
    op.add_column("creditor", sa.Column("account_plan", JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.create_table(
        "accounting_day",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("owed", JSONB(), nullable=False),
        sa.Column("vouchers", JSONB(), nullable=True),
        sa.Column("file", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("creditor_id", "day"),
        sa.UniqueConstraint("file"),
    )
    op.execute(
        "create trigger append_only before update or delete on accounting_day "
        "for each row execute function refuse_change()"
    )
