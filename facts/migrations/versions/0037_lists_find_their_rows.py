"""Each creditor's rows are found in the order in which lists tell them, and what keeps a case is found by an index."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

OF_CREDITOR = (
    ("debtor", "id"),
    ("dunning_case", "id"),
    ("delivery", "serial"),
    ("incoming_payment", "id"),
    ("task", "id"),
    ("hand_off", "id"),
)
INSTEAD_OF = ("dunning_case", "delivery", "task", "hand_off")  # the creditor alone had an index there


def upgrade() -> None:
    """The new ones go before the old, so that a list has one at any moment."""
    for table, place in OF_CREDITOR:
        op.create_index(f"{table}_of_creditor", table, ["creditor_id", place])
    for table in INSTEAD_OF:
        op.drop_index(f"ix_{table}_creditor_id", table)
    op.create_index("hold_in_force", "hold", ["case_id"], postgresql_where="released_at is null")
    op.create_index("dispute_open", "dispute", ["case_id"], postgresql_where="resolved_at is null")
