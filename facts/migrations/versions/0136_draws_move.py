"""A draw that the centre has may move to another day: the claim keeps the day before."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0136"
down_revision = "0135"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before were taken back and sent anew."""
    moved_from: sa.Column[date | None] = sa.Column("moved_from", sa.Date(), nullable=True)
    op.add_column("claim", moved_from)
