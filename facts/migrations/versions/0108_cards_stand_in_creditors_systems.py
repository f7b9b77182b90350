"""A creditor may name its own systems that show a case's card in a frame."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before have named none."""
    op.add_column("creditor", sa.Column("card_in", JSONB(), server_default=sa.text("'[]'"), nullable=False))
