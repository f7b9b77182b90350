"""A dispute may be about single lines of its invoice."""

import sqlalchemy as sa
from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before are of all of it, or of a part that nobody has told the lines of."""
    op.create_table(
        "dispute_line",
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"]),
        sa.ForeignKeyConstraint(["invoice_id", "position"], ["invoice_line.invoice_id", "invoice_line.position"]),
        sa.PrimaryKeyConstraint("dispute_id", "invoice_id", "position"),
    )
    op.create_index("dispute_line_of_invoice", "dispute_line", ["invoice_id", "position"])
