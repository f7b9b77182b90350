"""The same is done to many cases as an order: how far it is, what was refused, and who stopped it."""

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has asked for anything so far."""
    op.create_table(
        "many_order",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("creditor_id", sa.String(), sa.ForeignKey("creditor.id"), nullable=True),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("filter", sa.String(), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("matching", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("release_id", sa.Integer(), sa.ForeignKey("release_of_many.id"), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_many_order_creditor_id", "many_order", ["creditor_id"])
    op.create_index("ix_many_order_release_id", "many_order", ["release_id"])
    op.create_index("many_order_going_on", "many_order", ["id"], postgresql_where=sa.text("ended_at is null"))
    op.create_table(
        "many_refusal",
        sa.Column("order_id", sa.Integer(), sa.ForeignKey("many_order.id"), primary_key=True),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("dunning_case.id"), primary_key=True),
        sa.Column("why", sa.String(), nullable=False),
    )
    op.create_index("ix_many_refusal_case_id", "many_refusal", ["case_id"])
    op.create_table(
        "many_stop",
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("order_id", sa.Integer(), sa.ForeignKey("many_order.id"), primary_key=True),
        sa.Column("by", sa.String(), nullable=False),
    )
