"""What a step did that others have not is told from what the plan did: the plan reckons without it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0141"
down_revision = "0140"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No policy had such steps so far."""
    for table in ("delivery", "task"):
        op.add_column(table, sa.Column[Any]("optional", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("dunning_case", sa.Column[Any]("next_message_channel", sa.String(), nullable=True))
