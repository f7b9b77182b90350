"""What creditors have to send SMS as is known by country: a name with its status, a number."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0119"
down_revision = "0118"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before send from the number of the house."""
    op.add_column("creditor", sa.Column[Any]("sms_senders", JSONB(), server_default=sa.text("'{}'"), nullable=False))
