"""People at the desk see who else is where they are, be it a case, a person or a thread: one table for all places."""

import sqlalchemy as sa
from alembic import op

revision = "0116"
down_revision = "0115"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who is there says so again within seconds. What nobody would miss after a crash is written down in no log."""
    op.drop_table("desk_at_inbox")
    op.drop_table("desk_presence")
    op.create_table(
        "desk_presence",
        sa.Column("tab", sa.String(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("desk_user.id"), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_desk_presence_user_id", "desk_presence", ["user_id"])
    op.create_index("ix_desk_presence_place", "desk_presence", ["place"])
