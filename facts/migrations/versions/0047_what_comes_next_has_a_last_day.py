"""A task has the last day on which it may be done, where the law gives one: a claim to file with an estate."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tasks of before have none."""
    op.add_column("task", sa.Column("due_on", sa.Date(), nullable=True))
