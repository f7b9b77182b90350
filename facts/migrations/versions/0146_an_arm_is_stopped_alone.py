"""An arm of an experiment may be stopped alone, and the others go on."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0146"
down_revision = "0145"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was stopped so far were whole experiments."""
    op.add_column("experiment_stop", sa.Column[Any]("stopped_arm", sa.String(), nullable=True))


def downgrade() -> None:
    """Whose arm was stopped alone is in it again."""
    op.execute("alter table experiment_stop disable trigger append_only")
    op.execute("delete from experiment_stop where stopped_arm is not null")
    op.execute("alter table experiment_stop enable trigger append_only")
    op.drop_column("experiment_stop", "stopped_arm")
