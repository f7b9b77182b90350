"""Advisers prove themselves by codes that are sent to the address which the creditor registered."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Kept for a day, hashed with a key that is not in the database."""
    op.create_table(
        "adviser_code",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("contact_point_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["contact_point_id"], ["contact_point.id"]),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("adviser_code_age", "adviser_code", ["happened_at"])
    op.create_index("ix_adviser_code_creditor_id", "adviser_code", ["creditor_id"])
    op.create_index("ix_adviser_code_contact_point_id", "adviser_code", ["contact_point_id"])
