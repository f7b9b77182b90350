"""The ways in which a distribution house brings a creditor's letters, and the one in which each went."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0126"
down_revision = "0125"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The printer has the letters of those of before."""
    op.add_column("creditor", sa.Column[Any]("letters_by", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("delivery", sa.Column[Any]("way", sa.String()))
