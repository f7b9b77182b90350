"""Open pages hear of changes: what changed of which case, by the transaction that did it. Kept for a day."""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

# A change is told once a transaction. Whoever reads need not hold a lock: see facts/page_changes.py.
TOLD = "on conflict do nothing; perform pg_notify('pages', '')"


def upgrade() -> None:
    """Whoever writes what a page shows tells of it without knowing: no writer can forget to."""
    op.create_table(
        "page_change",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column(
            "written_in",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "recorded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("case_id", "written_in", "kind"),
    )
    # As before (0033), and the pages are told: not of the first entry of an invoice, which has no page yet.
    op.execute(
        f"""
        create or replace function keep_balances() returns trigger language plpgsql
        set enable_hashjoin = off set enable_mergejoin = off as $$
        begin
          with kept as (
            update dunning_case c
            set principal = c.principal + a.principal, interest = c.interest + a.interest, fee = c.fee + a.fee
            from (
              select invoice_id, coalesce(sum(amount) filter (where part = 'principal'), 0) as principal,
                coalesce(sum(amount) filter (where part = 'interest'), 0) as interest,
                coalesce(sum(amount) filter (where part = 'fee'), 0) as fee, bool_or(kind <> 'principal') as has_page
              from added group by invoice_id) a
            where c.invoice_id = a.invoice_id
            returning c.id, a.has_page)
          insert into page_change (case_id, kind) select id, 'money' from kept where has_page {TOLD};
          return null;
        end $$
        """
    )
    op.execute(
        f"""
        create function tell_pages_of_lines() returns trigger language plpgsql as $$
        begin
          insert into page_change (case_id, kind) select distinct case_id, 'case' from added {TOLD};
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger tell_pages after insert on case_event referencing new table as added "
        "for each statement execute function tell_pages_of_lines()"
    )
    op.execute(
        f"""
        create function tell_page() returns trigger language plpgsql as $$
        begin
          if new.case_id is not null then
            insert into page_change (case_id, kind) values (new.case_id, tg_argv[0]) {TOLD};
          end if;
          return null;
        end $$
        """
    )
    for table, kind, columns in (("reply", "message", "done_at, case_id"), ("claim", "draw", "state")):
        op.execute(
            f"create trigger tell_page after insert or update of {columns} on {table} "
            f"for each row execute function tell_page('{kind}')"
        )
    # Of all that a statement asks for, a payment is under way for each of its invoices.
    op.execute(
        f"""
        create function tell_pages_of_attempt() returns trigger language plpgsql as $$
        begin
          insert into page_change (case_id, kind)
          select new.case_id, 'payment' union
          select c.id, 'payment' from account_statement_line l join dunning_case c on c.invoice_id = l.invoice_id
          where l.statement_id = new.statement_id {TOLD};
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger tell_pages after insert or update of state on payment_attempt "
        "for each row execute function tell_pages_of_attempt()"
    )
    op.execute(
        f"""
        create function tell_pages_of_delivery() returns trigger language plpgsql as $$
        begin
          insert into page_change (case_id, kind) select case_id, 'message' from delivery_case where delivery_id = new.id {TOLD};
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger tell_pages after update of state on delivery for each row "
        "when (old.state is distinct from new.state and new.state <> 'shadow') execute function tell_pages_of_delivery()"
    )
    op.execute(
        f"""
        create function tell_page_of_case() returns trigger language plpgsql as $$
        begin
          insert into page_change (case_id, kind) values (new.id, 'case') {TOLD};
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger tell_page after update of state, outcome, withdrawn_at on dunning_case for each row "
        "when ((old.state, old.outcome, old.withdrawn_at) is distinct from (new.state, new.outcome, new.withdrawn_at)) "
        "execute function tell_page_of_case()"
    )
    # An address turns out to be somebody else's: what was sent there opens nothing any more.
    op.execute(
        f"""
        create function end_rights_of_pages() returns trigger language plpgsql as $$
        begin
          insert into page_change (case_id, kind) select id, 'rights' from dunning_case where debtor_id = new.debtor_id {TOLD};
          return null;
        end $$
        """
    )
    op.execute(
        "create trigger end_rights after update of state on contact_point for each row "
        "when (new.state = 'wrong' and old.state <> 'wrong') execute function end_rights_of_pages()"
    )
