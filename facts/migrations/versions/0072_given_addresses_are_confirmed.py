"""Whoever has an address that a debtor gave may confirm it."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was given before waits for a person, as it was said to."""
    op.add_column("contact_point", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("contact_point_given", "contact_point", ["debtor_id"], postgresql_where=sa.text("state = 'given'"))
