"""Letters that nobody has posted, and notices by their age, are found by an index."""

from alembic import op
from sqlalchemy import text

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All letters ever, and all deliveries of a month, were read for the few that count."""
    unposted = text("state = 'accepted' and posted_on is null and batch is not null")
    op.create_index("delivery_unposted", "delivery", ["batch"], postgresql_where=unposted)
    notice = text("message = 'collection-notice' and not alert")
    op.create_index("delivery_notice", "delivery", ["accepted_at"], postgresql_where=notice)
