"""Contacts are tried: which debtor is in which arm of an experiment, which experiments a person stopped, what is proposed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0143"
down_revision = "0142"
branch_labels = None
depends_on = None

TABLES = {
    "step_proposal": "update",  # whoever objects to guesses has none
    "experiment_stop": "update or delete",
    "experiment_assignment": "update or delete",
}


def upgrade() -> None:
    """Nothing was tried so far."""
    recorded = sa.text("clock_timestamp()")
    op.create_table(
        "experiment_assignment",
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("experiment", sa.String(), nullable=False),
        sa.Column[Any]("policy_hash", sa.String(), nullable=False),
        sa.Column[Any]("debtor_id", sa.Integer(), nullable=False),
        sa.Column[Any]("arm", sa.String(), nullable=False),
        sa.Column[Any]("share", sa.Numeric(5, 4), nullable=False),
        sa.Column[Any]("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any]("recorded_at", sa.DateTime(timezone=True), server_default=recorded, nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("creditor_id", "experiment", "debtor_id"),
    )
    op.create_index("ix_experiment_assignment_debtor_id", "experiment_assignment", ["debtor_id"])
    op.create_table(
        "experiment_stop",
        sa.Column[Any]("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any]("recorded_at", sa.DateTime(timezone=True), server_default=recorded, nullable=False),
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("creditor_id", sa.String(), nullable=False),
        sa.Column[Any]("experiment", sa.String(), nullable=False),
        sa.Column[Any]("arm", sa.String(), nullable=True),
        sa.Column[Any]("by", sa.String(), nullable=False),
        sa.Column[Any]("reason_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("experiment_stop_of", "experiment_stop", ["creditor_id", "experiment", "id"])
    op.create_table(
        "step_proposal",
        sa.Column[Any]("id", sa.Integer(), nullable=False),
        sa.Column[Any]("case_id", sa.Integer(), nullable=False),
        sa.Column[Any]("round", sa.Integer(), nullable=False),
        sa.Column[Any]("step", sa.String(), nullable=False),
        sa.Column[Any]("channel", sa.String(), nullable=True),
        sa.Column[Any]("clock", sa.Time(), nullable=True),
        sa.Column[Any]("tone", sa.String(), nullable=True),
        sa.Column[Any]("content", sa.String(), nullable=True),
        sa.Column[Any]("propensity", sa.Numeric(7, 6), nullable=False),
        sa.Column[Any]("explored", sa.Boolean(), nullable=False),
        sa.Column[Any]("version_id", sa.Integer(), nullable=False),
        sa.Column[Any]("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column[Any]("recorded_at", sa.DateTime(timezone=True), server_default=recorded, nullable=False),
        sa.CheckConstraint("propensity > 0 and propensity <= 1", name="propensity_is_a_chance"),
        sa.ForeignKeyConstraint(["case_id"], ["dunning_case.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "round", "step"),
    )
    for table, changes in TABLES.items():
        op.execute(
            f"create trigger append_only before {changes} on {table} for each row execute function refuse_change()"
        )


def downgrade() -> None:
    """Forget what was tried."""
    for table in TABLES:
        op.drop_table(table)
