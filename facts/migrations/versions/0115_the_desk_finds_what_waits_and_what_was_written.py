"""What a debtor wrote about no invoice in particular, and the tasks that wait for a person, are found among all others."""

from alembic import op
from sqlalchemy import text

revision = "0115"
down_revision = "0114"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The timelines of a debtor's cases tell of the one, and the desk's queues of the other."""
    op.create_index("reply_of_no_case", "reply", ["debtor_id"], postgresql_where=text("case_id is null"))
    op.create_index("task_open", "task", ["happened_at", "id"], postgresql_where=text("done_at is null"))
    left = text("state in ('flagged', 'refused')")
    op.create_index("bank_file_left", "bank_file", ["happened_at", "id"], postgresql_where=left)
