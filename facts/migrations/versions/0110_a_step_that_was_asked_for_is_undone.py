"""A step that was left out, or asked for at once, is undone before it matters."""

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0109"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was asked for so far stands."""
    for table in ("skip", "send_request"):
        op.add_column(table, sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column("undone_by", sa.String(), nullable=True))
