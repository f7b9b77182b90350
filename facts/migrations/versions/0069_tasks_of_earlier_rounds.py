"""What a person was asked in an earlier round of a case is done with."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They stood open in the facts, and no list showed them."""
    op.execute("""
    update task t set done_at = coalesce(c.looked_at, t.happened_at), done_by = 'purr', result = 'a new round has begun',
      taken_by = null, taken_until = null
    from dunning_case c where c.id = t.case_id and t.round < c.round and t.done_at is null
      and t.kind in ('call', 'address', 'decision', 'approval') and t.step not like 'contact#%'
    """)
