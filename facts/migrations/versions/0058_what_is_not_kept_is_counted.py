"""What is written beyond what lies unread is not kept: how much that is stands with the last that is."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody counted so far."""
    op.add_column("reply", sa.Column("more", sa.Integer(), nullable=False, server_default="0"))
