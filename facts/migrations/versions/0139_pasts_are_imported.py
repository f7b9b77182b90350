"""Files of another system's past are imported: what each was stays, its columns can be removed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0139"
down_revision = "0138"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No past was imported so far."""
    op.create_table(
        "history_file",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("name", sa.String(), nullable=False),
        sa.Column[Any]("content_hash", sa.String(), nullable=False),
        sa.Column[Any]("map", sa.String(), nullable=False),
        sa.Column[Any]("summary", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_history_file_creditor_id", "history_file", ["creditor_id"])
    op.create_table(
        "history_columns",
        sa.Column[Any]("file_id", sa.Integer(), nullable=False),
        sa.Column[Any]("columns", sa.LargeBinary(), nullable=False),
        sa.Column[Any]("invoices", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["history_file.id"]),
        sa.PrimaryKeyConstraint("file_id"),
    )
    op.create_table(
        "history_removal",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("file_id", sa.Integer(), nullable=False),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["history_file.id"]),
        sa.PrimaryKeyConstraint("file_id"),
    )
    for table in ("history_file", "history_removal"):
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
