"""Rare rows of lists are found: by what is left, a policy that few cases have, a payment's reference, a debtor's task."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None begins with the creditor beside a unique one that does: see 0040."""
    op.create_index(
        "dunning_case_balance", "dunning_case", ["balance", "creditor_id"], postgresql_where=sa.text("balance <> 0")
    )
    op.create_index("dunning_case_of_policy", "dunning_case", ["policy_hash", "creditor_id"])
    op.drop_index("ix_dunning_case_policy_hash", "dunning_case")
    op.create_index("incoming_payment_reference", "incoming_payment", ["reference", "creditor_id"])
    op.create_index("debtor_task_of_creditor", "debtor_task", ["creditor_id", "id"])
    op.drop_index("ix_debtor_task_creditor_id", "debtor_task")
