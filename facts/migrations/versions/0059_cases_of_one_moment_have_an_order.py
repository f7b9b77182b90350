"""The cases that act soonest are listed in their order from an index, however many act at the same moment."""

from alembic import op
from sqlalchemy import text

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All cases of the first moment were read and sorted for a page of fifty."""
    op.drop_index("dunning_case_next", "dunning_case")
    op.create_index("dunning_case_next", "dunning_case", ["next_at", "id"], postgresql_where=text("state = 'open'"))
