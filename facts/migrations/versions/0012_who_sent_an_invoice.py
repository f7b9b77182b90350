"""An invoice keeps which key sent it: that key may not approve its hand-off."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the key's hash; null where a file or a program of ours brought the invoice."""
    op.add_column("invoice", sa.Column("api_key", sa.String(), nullable=True))
