"""A saved reply says what it answers, so that it is drafted where words ask for that."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0135"
down_revision = "0134"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before are chosen by hand, as they were."""
    op.add_column("desk_saved_reply", sa.Column[Any]("answers", sa.String(), nullable=True))
