"""Mail comes in: a reply knows what it answers, how it found its debtor, and whether a person wrote it."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replies so far came by other ways: nothing of this is known of them."""
    op.add_column("reply", sa.Column("delivery_id", sa.Uuid(), nullable=True))
    for name in ("tied_by", "automatic", "subject", "quoted", "html"):
        op.add_column("reply", sa.Column(name, sa.String(), nullable=True))
    op.create_foreign_key("reply_delivery_id_fkey", "reply", "delivery", ["delivery_id"], ["id"])
    op.create_index("ix_reply_delivery_id", "reply", ["delivery_id"])
