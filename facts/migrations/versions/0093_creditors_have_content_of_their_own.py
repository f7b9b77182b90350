"""Creditors say things of their own beside an invoice, and how often that was shown, followed and helped is counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None says anything so far."""
    op.create_table(
        "content_piece",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("piece", JSONB(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creditor_id", "name", "version"),
    )
    op.execute(
        "create trigger append_only before update or delete on content_piece "
        "for each row execute function refuse_change()"
    )
    op.create_table(
        "content_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("piece_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=True),
        sa.Column("mark", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["piece_id"], ["content_piece.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    marked = sa.text("mark is not null")
    op.create_index(
        "content_mark_once", "content_mark", ["piece_id", "what", "mark"], unique=True, postgresql_where=marked
    )
    op.create_index("content_mark_of_piece", "content_mark", ["piece_id"])
    op.create_index("content_mark_marked", "content_mark", ["day"], postgresql_where=marked)
