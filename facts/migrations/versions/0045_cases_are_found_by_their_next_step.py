"""Cases are found by their next step, such as the few that wait for a hand-off."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Closed cases have no next step and stay out of it."""
    op.create_index(
        "dunning_case_step",
        "dunning_case",
        ["next_step", "creditor_id"],
        postgresql_where=sa.text("next_step is not null"),
    )
