"""Cases are found by the name of their next step, also where that is numbered: `plan-broken#12`."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """In the place of the index of the steps as they are stored."""
    op.drop_index("dunning_case_step", "dunning_case")
    op.create_index(
        "dunning_case_step",
        "dunning_case",
        [sa.text("split_part(next_step, '#', 1)"), "creditor_id"],
        postgresql_where=sa.text("next_step is not null"),
    )
