"""What is about a child customer may go to its parent's contact points."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until somebody says so each is written to about its own invoices."""
    op.add_column("debtor", sa.Column("written_to", sa.String(), nullable=True))
    op.create_index(
        "debtor_written_to",
        "debtor",
        ["creditor_id", "written_to"],
        postgresql_where=sa.text("written_to is not null"),
    )
