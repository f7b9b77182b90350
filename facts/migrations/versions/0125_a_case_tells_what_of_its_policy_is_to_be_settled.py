"""A case tells what of its policy a person has to settle, and for which country of its debtor it was settled."""

import sqlalchemy as sa
from alembic import op

revision = "0125"
down_revision = "0124"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those of before nothing is doubted, and nobody has moved."""
    op.add_column("dunning_case", sa.Column("doubt", sa.String(), nullable=True))
    op.add_column("dunning_case", sa.Column("settled_for", sa.String(), nullable=True))
