"""Each message keeps what it asked for of each case: a hand-off may concern no more than its notice did."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add principal and costs; of notices sent before, what the ledger and the disputes of their moment say."""
    for column in ("asked_principal", "asked_costs"):
        op.add_column("delivery_case", sa.Column(column, sa.Numeric(14, 2), nullable=True))
    op.execute(
        """
        update delivery_case dc set asked_principal = greatest(0, told.principal - told.disputed),
          asked_costs = greatest(0, told.costs)
        from (
          select d.id as delivery_id, c.id as case_id,
            coalesce(sum(l.amount) filter (where l.part = 'principal'), 0) as principal,
            coalesce(sum(l.amount) filter (where l.part <> 'principal'), 0) as costs,
            coalesce((select sum(x.amount) from dispute x where x.case_id = c.id and x.happened_at <= d.claimed_at
              and (x.resolved_at is null or x.resolved_at > d.claimed_at)), 0) as disputed
          from delivery d join delivery_case s on s.delivery_id = d.id join dunning_case c on c.id = s.case_id
          join ledger_entry l on l.invoice_id = c.invoice_id and (l.happened_at <= d.claimed_at
            or (l.source = 'delivery' and l.source_id = d.id::text)
            or (l.source = 'interest' and l.source_id = d.id || '/' || c.id))
          where d.message = 'collection-notice'
          group by d.id, c.id) told
        where dc.delivery_id = told.delivery_id and dc.case_id = told.case_id
        """
    )
