"""Creditors that go live begin with a few of their debtors: how many are in, as a fact that is never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who has no row has all debtors in, as before."""
    op.create_table(
        "creditor_ramp",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("creditor_ramp_of_creditor", "creditor_ramp", ["creditor_id", "id"])
    op.execute(
        "create trigger append_only before update or delete on creditor_ramp "
        "for each row execute function refuse_change()"
    )
