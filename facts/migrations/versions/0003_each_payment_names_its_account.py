"""Each payment at a provider keeps the account it was begun with: what another account tells of it is not believed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the account, as the creditors name theirs today; null is the usual one."""
    op.add_column("payment_attempt", sa.Column("merchant", sa.String(), nullable=True))
    op.execute(
        """
        update payment_attempt a set merchant =
          cr.payment_methods -> a.provider ->> case a.provider when 'vipps' then 'merchant_serial_number' else 'account' end
        from creditor cr where cr.id = a.creditor_id
        """
    )
