"""Money before its invoice: the number it named, what is looked up when the invoice comes, and since when it waits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("incoming_payment", sa.Column("number", sa.String(), nullable=True))
    for column in ("amount", "reference", "number"):
        op.create_index(
            f"incoming_payment_waiting_{column}",
            "incoming_payment",
            ["creditor_id", column],
            postgresql_where=sa.text("state = 'review'"),
        )
    op.add_column("review_candidate", sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update review_candidate r set happened_at = p.happened_at from incoming_payment p where p.id = r.payment_id"
    )
    op.alter_column("review_candidate", "happened_at", nullable=False)
