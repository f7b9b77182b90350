"""A debtor may have one more number beside the others: none of them takes its place."""

import sqlalchemy as sa
from alembic import op

revision = "0114"
down_revision = "0113"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of none that there is anybody has said so."""
    op.add_column("contact_point", sa.Column[bool]("further", sa.Boolean(), nullable=False, server_default=sa.false()))
