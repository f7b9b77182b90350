"""In which order money pays the parts of a claim is kept on each case, by its own law: a creditor has debtors under several."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0121"
down_revision = "0120"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cases of before have it from their next look on; until then it is the creditor's."""
    op.add_column("dunning_case", sa.Column[Any]("allocation_rules", JSONB(), nullable=True))
