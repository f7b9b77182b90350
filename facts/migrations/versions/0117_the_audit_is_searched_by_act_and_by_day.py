"""Years of the audit are searched by what was done, and by days."""

from alembic import op

revision = "0117"
down_revision = "0116"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each in its order."""
    op.create_index("desk_audit_of_act", "desk_audit", ["what", "id"])
    op.create_index("desk_audit_of_day", "desk_audit", ["happened_at", "id"])
