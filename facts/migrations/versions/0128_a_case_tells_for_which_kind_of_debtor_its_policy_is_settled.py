"""A case tells for which kind of debtor its policy was settled, too."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0128"
down_revision = "0127"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was settled before was settled for the debtor's kind of now."""
    op.add_column("dunning_case", sa.Column[Any]("settled_kind", sa.String(), nullable=True))
    op.execute("""update dunning_case c set settled_kind = d.kind from debtor d
      where d.id = c.debtor_id and c.settled_for is not null""")
