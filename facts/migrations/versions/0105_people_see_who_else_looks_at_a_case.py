"""People at the desk see who else looks at the case that they have open."""

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What nobody would miss after a crash is written down in no log."""
    op.create_table(
        "desk_presence",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("tab", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("desk_user.id"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "tab"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_desk_presence_user_id", "desk_presence", ["user_id"])
