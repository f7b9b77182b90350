"""Contacts have a topic: what debtors get in touch about, and who took what was said on the phone or sent on paper."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a reply so far seemed to say is its topic."""
    op.add_column("reply", sa.Column("topic", sa.String(), nullable=True))
    op.add_column("reply", sa.Column("taken_by", sa.String(), nullable=True))
    op.execute("update reply set topic = meaning")
