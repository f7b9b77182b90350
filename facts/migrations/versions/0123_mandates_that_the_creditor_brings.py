"""A creditor may bring mandates to the centre itself: whose account, in which file, and what the centre answered."""

import sqlalchemy as sa
from alembic import op

revision = "0123"
down_revision = "0122"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before were made with the bank, which needed none of this of us."""
    for name in ("payer_account", "holder", "request_file", "end_file", "ended_why"):
        column: sa.Column[str | None] = sa.Column(name, sa.String(), nullable=True)
        op.add_column("mandate", column)
    why: sa.Column[str | None] = sa.Column("why", sa.String(), nullable=True)
    op.add_column("claim", why)
    op.create_index("ix_mandate_request_file", "mandate", ["request_file"])
    op.create_index("ix_mandate_end_file", "mandate", ["end_file"])
