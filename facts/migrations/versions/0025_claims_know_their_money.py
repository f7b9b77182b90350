"""Claims know their money: which payment a draw brought, and which payment references one mandate covers."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A payment that the bank drew says so, a claim names the one it brought, and a reference its customer."""
    op.add_column("incoming_payment", sa.Column("drawn", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("claim", sa.Column("payment_id", sa.Integer(), nullable=True))
    op.create_foreign_key("claim_payment_id_fkey", "claim", "incoming_payment", ["payment_id"], ["id"])
    op.create_unique_constraint("claim_payment_id_key", "claim", ["payment_id"])
    op.create_index("claim_reference", "claim", ["creditor_id", "reference"], unique=False)
    # By the structures of an agreement ("12:1-7 16:4-10"), what the references of one mandate have in common: the customer's
    # part and the length. A reference of no such length is covered by the mandate of that very reference alone.
    op.execute(
        r"""
        create function customer_part(structures text, reference text) returns text
        language sql immutable parallel safe as $$
          select coalesce(
            (select substring(reference from s[2]::int for s[3]::int - s[2]::int + 1) || '/' || s[1]
             from regexp_matches(structures, '([0-9]+):([0-9]+)-([0-9]+)', 'g') s where length(reference) = s[1]::int),
            reference)
        $$
        """
    )
