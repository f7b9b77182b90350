"""Addresses are found by their state too: one that thousands share is judged by the few who do not want it or whom it fails."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is known of a new invoice's address costs the same however many debtors have it."""
    op.drop_index("contact_point_address", "contact_point")
    op.create_index("contact_point_address", "contact_point", ["address", "channel", "state"])
