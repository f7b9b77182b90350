"""Facts about customers, or about where they live, come from outside, each with its source and what it may be used for."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0142"
down_revision = "0141"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was told so far."""
    op.create_table(
        "outside_fact",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any](
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("told_id", sa.String(), nullable=False),
        sa.Column[Any]("what", sa.String(), nullable=False),
        sa.Column[Any]("number", sa.Numeric(14, 2), nullable=True),
        sa.Column[Any]("word", sa.String(), nullable=True),
        sa.Column[Any]("customer_number", sa.String(), nullable=True),
        sa.Column[Any]("country", sa.String(), nullable=True),
        sa.Column[Any]("postcode", sa.String(), nullable=True),
        sa.Column[date]("since", sa.Date(), nullable=False),
        sa.Column[date | None]("until", sa.Date(), nullable=True),
        sa.Column[Any]("source", sa.String(), nullable=False),
        sa.Column[Any]("purpose", sa.String(), nullable=False),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.CheckConstraint("(customer_number is null) = (postcode is not null)", name="of_somebody"),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creditor_id", "told_id"),
    )
    for name, columns, where in (
        ("outside_fact_of_customer", ["creditor_id", "customer_number"], "customer_number is not null"),
        ("outside_fact_of_place", ["creditor_id", "id"], "postcode is not null"),
    ):
        op.create_index(name, "outside_fact", columns, postgresql_where=sa.text(where))
    op.execute(
        "create trigger append_only before update or delete on outside_fact for each row execute function refuse_change()"
    )


def downgrade() -> None:
    """Forget what was told."""
    op.drop_table("outside_fact")
