"""What each invoice gets of a payment that is for several: before, such a payment named the first alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The ledger knows the shares: what a payment took off each invoice, refunds apart."""
    op.create_table(
        "payment_share",
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"]),
        sa.ForeignKeyConstraint(["payment_id"], ["incoming_payment.id"]),
        sa.PrimaryKeyConstraint("payment_id", "invoice_id"),
    )
    op.create_index("ix_payment_share_invoice_id", "payment_share", ["invoice_id"])
    op.execute(
        """
        insert into payment_share (payment_id, invoice_id, amount)
        select payment_id, invoice_id, -sum(amount) from ledger_entry where kind <> 'refund' and payment_id in (
          select payment_id from ledger_entry where payment_id is not null and kind <> 'refund'
          group by payment_id having count(distinct invoice_id) > 1)
        group by payment_id, invoice_id
        """
    )
    op.execute("update incoming_payment set invoice_id = null where id in (select payment_id from payment_share)")
