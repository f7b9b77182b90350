"""Open pages hear of a person's answers, and that their links were taken back."""

from alembic import op

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As of all else that they show: see 0091."""
    op.execute("create trigger tell_page after insert on answer for each row execute function tell_page('message')")
    op.execute(
        "create trigger end_rights after insert on link_revocation for each row execute function end_rights_of_pages()"
    )
