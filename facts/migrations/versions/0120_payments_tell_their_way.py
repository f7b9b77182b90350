"""A payment that was begun tells by which of its provider's ways: with Swish or by card, both on a page of Stripe."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0119"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those of before it is not known."""
    op.add_column("payment_attempt", sa.Column[Any]("way", sa.String(), nullable=True))
