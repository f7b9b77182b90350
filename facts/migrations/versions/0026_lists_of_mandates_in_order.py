"""Lists of mandates in order: the day each was made, whether it told of all, and which had the last word on a mandate."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A mandate points to the list that told of it last."""
    op.add_column("direct_debit_file", sa.Column("made_on", sa.Date(), nullable=True))
    op.add_column("direct_debit_file", sa.Column("lists_all", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("mandate", sa.Column("told_in", sa.String(), nullable=True))
    op.create_foreign_key("mandate_told_in_fkey", "mandate", "direct_debit_file", ["told_in"], ["name"])
    op.create_index("ix_mandate_told_in", "mandate", ["told_in"])
