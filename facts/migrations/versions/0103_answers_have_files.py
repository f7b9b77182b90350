"""A file beside a reply may be one that came with our answer to it."""

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before are the debtors'."""
    op.add_column("reply_file", sa.Column("answer_id", sa.Integer(), nullable=True))
    op.create_foreign_key("reply_file_answer_id_fkey", "reply_file", "answer", ["answer_id"], ["id"])
    op.create_index("ix_reply_file_answer_id", "reply_file", ["answer_id"])


def downgrade() -> None:
    """Whose a file is, is told by its place no more."""
    op.drop_index("ix_reply_file_answer_id", "reply_file")
    op.drop_column("reply_file", "answer_id")
