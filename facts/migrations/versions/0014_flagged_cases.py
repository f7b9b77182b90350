"""Cases with a flag are found by it: for the metrics, for lists, and for those that wait for a row of the law."""

from alembic import op
from sqlalchemy import text

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index of the few that have one."""
    op.create_index(
        "dunning_case_flagged",
        "dunning_case",
        ["flag", "id"],
        postgresql_where=text("state = 'open' and flag is not null"),
    )
