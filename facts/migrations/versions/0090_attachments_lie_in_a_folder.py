"""What debtors send on the page lies in a folder of its own: a file's row says under which name."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None does so far."""
    op.add_column("reply_file", sa.Column("stored", sa.String(), nullable=True))
    op.create_unique_constraint("reply_file_stored_key", "reply_file", ["stored"])
