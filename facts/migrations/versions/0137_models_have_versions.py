"""What was learned is kept by version, and which of them is in use is chosen: neither is ever changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0137"
down_revision = "0136"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was learned here so far: what comes with the program is in use."""
    op.create_table(
        "model_version",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("name", sa.String(), nullable=False),
        sa.Column[Any]("data_hash", sa.String(), nullable=False),
        sa.Column[Any]("code", sa.String(), nullable=False),
        sa.Column[Any]("metrics", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column[Any]("weights", sa.LargeBinary(), nullable=False),
        sa.Column[Any]("passed", sa.Boolean(), nullable=False),
        sa.Column[Any]("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "data_hash", "code"),
    )
    op.create_table(
        "model_choice",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("name", sa.String(), nullable=False),
        sa.Column[Any]("version_id", sa.Integer(), nullable=True),
        sa.Column[Any]("retired", sa.Boolean(), nullable=False),
        sa.Column[Any]("undoes", sa.Integer(), nullable=True),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.Column[Any]("reason_code", sa.String(), nullable=False),
        sa.CheckConstraint("not retired or version_id is null", name="retired_is_no_version"),
        sa.ForeignKeyConstraint(["undoes"], ["model_choice.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["model_version.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("undoes"),
    )
    op.create_index("model_choice_of_name", "model_choice", ["name", "id"])
    for table in ("model_version", "model_choice"):
        op.execute(
            f"create trigger append_only before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
