"""Customer relations: what creditors tell of their customers, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of any customer yet."""
    op.create_table(
        "customer_relation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False),
        sa.Column("told_id", sa.String(), nullable=False),
        sa.Column("customer_number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("monthly_margin", sa.Numeric(14, 2), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("contract_end", sa.Date(), nullable=True),
        sa.Column("payment_method", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.UniqueConstraint("creditor_id", "told_id"),
    )
    op.create_index("customer_relation_of_customer", "customer_relation", ["creditor_id", "customer_number"])
    op.execute(
        "create trigger append_only before update or delete on customer_relation "
        "for each row execute function refuse_change()"
    )
