"""What is known of a debtor's life until a day is found when the day has come."""

from alembic import op
from sqlalchemy import text

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Most events have no end: the index holds the few that do."""
    op.create_index("life_event_ends", "life_event", ["until"], postgresql_where=text("until is not null"))
