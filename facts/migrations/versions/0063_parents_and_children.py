"""A business customer may be the child of another: the children of a parent are found by its number."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was anybody's child so far."""
    op.create_index(
        "life_event_child_of",
        "life_event",
        [sa.text("(value ->> 'parent')")],
        postgresql_where=sa.text("kind = 'child of'"),
    )
