"""Words say who said them, and those of an adviser may be about any of several clients until a person tells."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of words that came before, the debtor is taken to have said them."""
    op.add_column("reply", sa.Column("said_by", sa.String(), nullable=True))
    op.create_table(
        "reply_candidate",
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"]),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"]),
        sa.PrimaryKeyConstraint("reply_id", "debtor_id"),
    )
    op.create_index("ix_reply_candidate_debtor_id", "reply_candidate", ["debtor_id"])
