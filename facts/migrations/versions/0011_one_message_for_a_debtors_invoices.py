"""One message for a debtor's invoices: a message's own moment, how far a case has looked, what a debtor got lately."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("dunning_case", sa.Column("next_own_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("dunning_case", sa.Column("looked_seq", sa.Integer(), server_default="0", nullable=False))
    op.execute("update dunning_case set looked_seq = news_seq where looked_at is not null")
    op.drop_index("ix_delivery_debtor_id", "delivery")
    op.create_index("delivery_to_debtor", "delivery", ["debtor_id", "claimed_at"])
