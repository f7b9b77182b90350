"""Balances follow a posting in one update, however many invoices it is for."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The trigger's function, without its loop."""
    # Without other joins each case is found by its index: no plan of a large posting is kept that would scan for a small.
    op.execute(
        """
        create or replace function keep_balances() returns trigger language plpgsql
        set enable_hashjoin = off set enable_mergejoin = off as $$
        begin
          update dunning_case c
          set principal = c.principal + a.principal, interest = c.interest + a.interest, fee = c.fee + a.fee
          from (
            select invoice_id, coalesce(sum(amount) filter (where part = 'principal'), 0) as principal,
              coalesce(sum(amount) filter (where part = 'interest'), 0) as interest,
              coalesce(sum(amount) filter (where part = 'fee'), 0) as fee
            from added group by invoice_id) a
          where c.invoice_id = a.invoice_id;
          return null;
        end $$
        """
    )
