"""Every look-up has its index, so that no statement costs more in a large book than in a small one.

They are made in the migration's transaction, as all of it, and not concurrently: half of a migration, or an index that
is there and invalid, would be worse than the seconds in which writers wait.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OF_COLUMN = (
    ("payer_account", "debtor_id"),
    ("refund", "invoice_id"),
    ("claim", "plan_id"),
    ("claim", "file"),
    ("claim", "cancel_file"),
    ("dunning_case", "policy_hash"),
    ("delivery", "contact_point_id"),
    ("delivery", "accepted_at"),
    ("hand_off", "file"),
    ("hand_off_message", "file"),
)
PARTIAL = (
    ("ledger_entry_reverses", "ledger_entry", ["reverses"], "reverses is not null"),
    ("dunning_case_open", "dunning_case", ["id"], "state = 'open'"),
    ("dunning_case_next", "dunning_case", ["next_at"], "state = 'open'"),
    ("payment_attempt_started", "payment_attempt", ["happened_at"], "state = 'started'"),
    ("delivery_claimed", "delivery", ["claimed_at"], "state = 'claimed'"),
    ("hand_off_queued", "hand_off", ["creditor_id", "id"], "state = 'queued'"),
    ("hand_off_message_waiting", "hand_off_message", ["hand_off_id", "id"], "exported_at is null"),
    ("outbox_dead", "outbox", ["id"], "dead_at is not null"),
)


def upgrade() -> None:
    """Apply."""
    for table, column in OF_COLUMN:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for name, table, columns, where in PARTIAL:
        op.create_index(name, table, columns, postgresql_where=sa.text(where))
