"""Money that is held and is no debt, beside the ledger and numbered with it."""

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits today came before it was kept: it is no entry, and none when it is booked."""
    op.create_table(
        "held_entry",
        sa.Column("id", sa.Integer(), server_default=sa.text("nextval('ledger_entry_id_seq')"), primary_key=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payment_id", sa.Integer(), sa.ForeignKey("incoming_payment.id"), nullable=False, index=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
    )
    op.create_index("held_entry_of_creditor", "held_entry", ["creditor_id", "id"])
    op.execute(
        "create trigger append_only before update or delete on held_entry for each row execute function refuse_change()"
    )
