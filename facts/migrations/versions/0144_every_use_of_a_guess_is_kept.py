"""Every use of a guess is kept: that a step was taken or left out because of one, with the guess as it was then."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0144"
down_revision = "0143"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was used before is not known any more."""
    op.create_table(
        "guess_use",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("case_id", sa.Integer(), nullable=False),
        sa.Column[Any]("round", sa.Integer(), nullable=False),
        sa.Column[Any]("step", sa.String(), nullable=False),
        sa.Column[Any]("taken", sa.Boolean(), nullable=False),
        sa.Column[Any]("asked", sa.String(), nullable=False),
        sa.Column[Any]("chance", sa.Numeric(5, 4), nullable=True),
        sa.Column[Any]("segment", sa.String(), nullable=True),
        sa.Column[Any]("version", sa.String(), nullable=False),
        sa.Column[Any]("guessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_case.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "round", "step"),
    )
    op.create_index("guess_use_at", "guess_use", ["happened_at"])
    op.execute("create trigger append_only before update on guess_use for each row execute function refuse_change()")


def downgrade() -> None:
    """Forget what was used."""
    op.drop_table("guess_use")
