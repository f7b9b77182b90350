"""Ids that creditors are told are sealed, each creditor's with a key of its own; numbers told before stay good."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

TOLD = {
    "pay": "incoming_payment",
    "rfd": "refund",
    "rep": "reply",
    "hof": "hand_off",
    "hom": "hand_off_message",
    "prm": "promise",
    "pln": "instalment_plan",
}


def upgrade() -> None:
    """A creditor that is there gets its key, and of each kind of thing the highest number is noted."""
    op.add_column(
        "creditor",
        sa.Column(
            "id_key",
            sa.LargeBinary(),
            server_default=sa.text("(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"),
            nullable=False,
        ),
    )
    op.create_table(
        "plain_number",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    for kind, table in TOLD.items():
        op.execute(f"insert into plain_number (kind, up_to) select '{kind}', max(id) from {table} having max(id) > 0")
    op.execute("""
        insert into plain_number (kind, up_to)
        select 'tsk', max(id) from (select id from task union all select id from debtor_task) t having max(id) > 0
    """)
