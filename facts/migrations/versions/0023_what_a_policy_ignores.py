"""What a policy ignores: the rest of a debt that a case asks for no more, beside the policy's text."""

import re

import sqlalchemy as sa
import yaml
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read it from the texts that cases keep; one that does not say it ignores nothing."""
    amount = sa.Numeric(precision=14, scale=2)
    op.add_column("policy_text", sa.Column("ignore_balance_below", amount, server_default="0", nullable=False))
    connection = op.get_bind()
    for row in connection.execute(sa.text("select hash, text from policy_text")).all():
        policy = yaml.safe_load(row.text)
        said = str(policy.get("ignore_balance_below", "")) if isinstance(policy, dict) else ""
        if number := re.sub(r"[^0-9.]", "", said):
            connection.execute(
                sa.text("update policy_text set ignore_balance_below = cast(:amount as numeric) where hash = :hash"),
                {"amount": number, "hash": row.hash},
            )
