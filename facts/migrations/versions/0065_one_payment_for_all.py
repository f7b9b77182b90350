"""A payment at a provider may be of all that a statement of account asks for."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Which statement a payment is of; null: of its invoice."""
    op.add_column("payment_attempt", sa.Column("statement_id", sa.Integer(), nullable=True))
    op.create_foreign_key(None, "payment_attempt", "account_statement", ["statement_id"], ["id"])
    op.create_index("ix_payment_attempt_statement_id", "payment_attempt", ["statement_id"])
