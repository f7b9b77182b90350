"""Life events: what became known of a debtor, append-only; filled from how things stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who told and why is not known of what stands already: `by` is the migration."""
    op.create_table(
        "life_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("value", postgresql.JSONB(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_life_event_debtor_id", "life_event", ["debtor_id"])
    op.execute(
        """
        insert into life_event (debtor_id, kind, since, value, by, happened_at)
        select d.id, e.kind, e.since, e.value, 'migration', d.happened_at
        from debtor d cross join lateral (values
          (d.stop_reason is not null, d.stop_reason, d.stopped_on, null::jsonb),
          (d.birth_date is not null, 'born', null, to_jsonb(d.birth_date)),
          (d.representative is not null, 'represented', null, to_jsonb(d.representative)),
          (d.protected_address, 'protected address', null, null)) as e(holds, kind, since, value)
        where e.holds order by d.id
        """
    )
    op.execute(
        "create trigger append_only before update or delete on life_event for each row execute function refuse_change()"
    )
