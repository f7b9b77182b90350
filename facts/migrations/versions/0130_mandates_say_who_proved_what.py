"""A mandate says who asked for it, and by what and when they had proved on the page who they are."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0129"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those of before nothing was asked beside the link."""
    for name in ("asked_by", "proof"):
        column: sa.Column[str | None] = sa.Column(name, sa.String(), nullable=True)
        op.add_column("mandate", column)
    proven_at: sa.Column[datetime | None] = sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("mandate", proven_at)
