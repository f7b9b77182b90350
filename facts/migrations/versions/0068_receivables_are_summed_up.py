"""Due dates that moved are kept, what is owed is summed up day by day, append-only, and what happened in a time is found."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

RECORDED = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Nothing is summed up yet; where a due date moved before, nobody knows when in the ledger's order."""
    op.create_table(
        "due_date_move",
        sa.Column("id", sa.Integer(), server_default=sa.text("nextval('ledger_entry_id_seq')"), primary_key=True),
        sa.Column("invoice_id", sa.Integer(), sa.ForeignKey("invoice.id"), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=False),
        sa.Column("due_after", sa.Date(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=RECORDED, nullable=False),
    )
    op.create_index("due_date_move_of_invoice", "due_date_move", ["invoice_id", "id"])
    op.create_table(
        "receivables_summary",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=RECORDED, nullable=False),
        sa.UniqueConstraint("after"),
    )
    op.create_table(
        "receivables_of_day",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("summary_id", sa.Integer(), sa.ForeignKey("receivables_summary.id"), nullable=False),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("credit", sa.Numeric(14, 2), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
    )
    op.create_index("receivables_of_day_of_creditor", "receivables_of_day", ["creditor_id", "day"])
    op.create_index("ix_receivables_of_day_summary_id", "receivables_of_day", ["summary_id"])
    for table in ("due_date_move", "receivables_summary", "receivables_of_day"):
        op.execute(
            f"create trigger append_only before update or delete on {table} for each row execute function refuse_change()"
        )
    op.create_index("promise_made", "promise", ["happened_at"])
    op.create_index("dispute_made", "dispute", ["happened_at"])
    op.create_index("dispute_resolved", "dispute", ["resolved_at"], postgresql_where=sa.text("resolved_at is not null"))
