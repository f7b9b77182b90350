"""Plans are numbered at random: no sequence counts those of all creditors."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the sequence."""
    op.execute("drop sequence plan_number")
