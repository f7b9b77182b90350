"""Whether the debtor's own word decided whose money is: until now the words why said it."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The words stay for people."""
    op.add_column(
        "incoming_payment", sa.Column("debtor_said", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute("""
    update incoming_payment set debtor_said = true where matched_by like '%the debtor says that it is paid'
    """)
