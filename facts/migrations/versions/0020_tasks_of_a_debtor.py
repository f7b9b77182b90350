"""Tasks that concern a debtor rather than one case have a table of their own; their numbers stay."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tasks of replies move there: each stands with the case that it was opened for."""
    op.create_table(
        "debtor_task",
        sa.Column("id", sa.Integer(), server_default=sa.text("nextval('task_id_seq'::regclass)"), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_case.id"]),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"]),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("creditor_id", "debtor_id", "case_id", "reply_id"):
        op.create_index(f"ix_debtor_task_{column}", "debtor_task", [column])
    op.execute(
        """
        with moved as (delete from task where kind = 'reply' returning *)
        insert into debtor_task (id, creditor_id, debtor_id, case_id, kind, reply_id, why, done_at, done_by, result,
          happened_at, recorded_at)
        select m.id, m.creditor_id, c.debtor_id, m.case_id, m.kind, split_part(m.step, '#', 2)::int, m.why, m.done_at,
          m.done_by, m.result, m.happened_at, m.recorded_at
        from moved m join dunning_case c on c.id = m.case_id
        """
    )
