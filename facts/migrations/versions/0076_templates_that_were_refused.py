"""A message that WhatsApp did not take for its template says which one that was."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The refused template; null for all else. Found by when it was refused."""
    op.add_column("delivery", sa.Column("refused_template", sa.String(), nullable=True))
    op.create_index(
        "delivery_refused", "delivery", ["failed_at"], postgresql_where=sa.text("refused_template is not null")
    )
