"""A shadow draws nothing: whether a policy is one stands beside its text."""

import sqlalchemy as sa
import yaml
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read it from the texts that cases keep."""
    op.add_column("policy_text", sa.Column("shadow", sa.Boolean(), server_default="false", nullable=False))
    connection = op.get_bind()
    for row in connection.execute(sa.text("select hash, text from policy_text")).all():
        policy = yaml.safe_load(row.text)
        if isinstance(policy, dict) and str(policy.get("shadow", "")).lower() == "true":
            connection.execute(sa.text("update policy_text set shadow = true where hash = :hash"), {"hash": row.hash})
