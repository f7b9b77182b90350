"""A creditor may say how its collection partner is reached."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Those of before have said nothing of it."""
    op.add_column(
        "creditor",
        sa.Column("collection_partner_contact", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )


def downgrade() -> None:
    """Debtors are told the partner's name alone."""
    op.drop_column("creditor", "collection_partner_contact")
