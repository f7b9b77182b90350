"""Invoice numbers as people copy them: without dashes, blanks and leading zeros, so that they are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("invoice", sa.Column("number_key", sa.String(), server_default="", nullable=False))
    op.execute(
        r"""
        update invoice set number_key = regexp_replace(
          regexp_replace(upper(number), '(?<![0-9])0+(?=[0-9])', '', 'g'), '[^[:alnum:]]', '', 'g')
        """
    )
    op.create_index("invoice_number_key", "invoice", ["creditor_id", "number_key"])
