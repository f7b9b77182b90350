"""A book of any size, loaded within the server: every case has lived through five deliveries and five entries.

The triggers are off while it is loaded, and so what is left of each invoice is set here.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from config.files import read_laws, read_policies
from domain.moment import moment_in
from facts import clock
from facts.database import Database
from facts.parties.creditors import CreditorDetails, register

OF_A_DEBTOR, DELIVERIES = 3, 5
POLICY = "no-gentle"
ACME = CreditorDetails(id="acme", name="Acme Kraft AS", accounts=("12345678903",), consumer_policy=POLICY)

# Every second case is open, the first two of four. Its entries are its principal, a fee taken back, another fee, and
# a payment of a part or of all.
FILL = (
    f"""
insert into debtor (id, creditor_id, key, customer_number, kind, name, name_key, language, country, address,
    protected_address, happened_at)
select n, 'acme', 'customer ' || n, n::text, 'consumer', 'Kari Testmann ' || n, 'kari testmann', 'nb', 'NO',
    '["Storgata 1", "0155 Oslo"]', false, :now
from generate_series(1, :invoices / {OF_A_DEBTOR}) n
""",
    """
insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, last_confirmed_at, happened_at)
select d.id, w.channel, w.address || d.id, lower(w.address || d.id), 'valid', false, :now, :now
from debtor d cross join (values ('email', 'kari@example.no'), ('sms', '+479'), ('letter', 'Storgata ')) w(channel, address)
""",
    f"""
insert into invoice (id, creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
    reference, account, happened_at)
select n, d.creditor_id, d.id, n::text, n::text, :today - 90, :today - 60, :today - 60, 'NOK', 1000, lpad(n::text, 12, '0'),
    '12345678903', :now - interval '90 days'
from generate_series(1, :invoices) n join debtor d on d.id = 1 + n % (:invoices / {OF_A_DEBTOR})
""",
    """
insert into dunning_case (id, creditor_id, invoice_id, debtor_id, policy_hash, round, state, outcome, news_seq, principal,
    fee, next_kind, next_step, next_channel, next_at, next_why, looked_at, happened_at)
select i.id, i.creditor_id, i.id, i.debtor_id, :policy, 1, case when i.id % 4 < 2 then 'open' else 'closed' end,
    case when i.id % 4 >= 2 then 'paid' end, 3, case when i.id % 4 < 2 then 900 else 0 end,
    case when i.id % 4 < 2 then 38 else 0 end, 'wait', null, null, :now + i.id % 90 * interval '1 day', 'by the plan',
    :now - interval '8 days', i.happened_at
from invoice i
""",
    f"""
insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt,
    contact_point_id, fee, cost, currency, deadline, claimed_at, accepted_at, provider_id, delivered_at, happened_at)
select md5(c.id || '-' || k)::uuid, (c.id - 1) * {DELIVERIES} + k, c.creditor_id, c.debtor_id,
    (array['email', 'sms', 'email', 'email', 'letter'])[k], 'reminder', 'kind', 'nb', false, 'accepted', 1,
    c.debtor_id, case when k in (3, 4) then 38 else 0 end, 0.05, 'NOK', :today - 40, c.happened_at + k * interval '9 days',
    c.happened_at + k * interval '9 days', 'p' || c.id || '-' || k, c.happened_at + k * interval '9 days', c.happened_at
from dunning_case c cross join generate_series(1, {DELIVERIES}) k
""",
    f"""
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select d.id, 1 + (d.serial - 1) / {DELIVERIES}, 1, 'step-' || (d.serial - 1) % {DELIVERIES}, d.channel, d.fee > 0
from delivery d
""",
    """
insert into incoming_payment (id, creditor_id, source, source_id, invoice_id, amount, currency, booked_on, reference, account,
    state, happened_at)
select c.id, c.creditor_id, 'bank', c.id || '-5', c.id, case c.state when 'closed' then 1038 else 100 end, 'NOK', :today - 75,
    lpad(c.id::text, 12, '0'), '12345678903', 'booked', c.happened_at
from dunning_case c
""",
    """
insert into ledger_entry (id, creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, reverses,
    payment_id, happened_at)
select (c.id - 1) * 5 + e.k, c.creditor_id, c.id, e.kind, e.part,
    case when e.k = 5 and c.state = 'closed' then -1038 else e.amount end, 'NOK', :today - 80 + e.k, e.source,
    case e.source when 'delivery' then md5(c.id || '-' || e.k)::uuid::text when 'reversal' then ((c.id - 1) * 5 + 3)::text
      else c.id || '-' || e.k end,
    case when e.kind = 'reversal' then (c.id - 1) * 5 + 3 end,
    case when e.kind = 'payment' then c.id end, c.happened_at
from dunning_case c cross join (values (1, 'principal', 'principal', 1000, 'invoice'), (3, 'fee', 'fee', 38, 'delivery'),
    (2, 'reversal', 'fee', -38, 'reversal'), (4, 'fee', 'fee', 38, 'delivery'), (5, 'payment', 'principal', -100, 'bank'))
  e(k, kind, part, amount, source)
""",
    """
insert into decision (case_id, kind, at, why, looked_seq, happened_at)
select id, 'wait', next_at, next_why, news_seq, looked_at from dunning_case
""",
)
SEQUENCES = """
select setval(pg_get_serial_sequence(t, 'id'), n) from (values ('debtor', :invoices), ('invoice', :invoices),
  ('dunning_case', :invoices), ('incoming_payment', :invoices), ('ledger_entry', 5 * :invoices)) s(t, n)
"""


# Only these: a table that was looked at while it was empty is taken for one that stays so.
FILLED = """
debtor, contact_point, invoice, dunning_case, delivery, delivery_case, incoming_payment, ledger_entry, decision
"""


STANDING = (FILL[0], FILL[2], FILL[3], FILL[6])
"""Who owes what, how it stands and what was paid, without all that led to it."""


async def fill(url: str, invoices: int, statements: Sequence[str] = FILL) -> datetime:
    """Fill a migrated database with a book of so many invoices, a multiple of three; gives the moment it is told of."""
    database = Database(url)
    async with database.transaction() as connection:
        now = await clock.now(connection)
        policy, written = read_policies(read_laws(), moment_in("NO", now).day)[POLICY]
        await register(connection, ACME, now)
        await connection.execute(
            text("update bank_account set imported_through = :today"), {"today": moment_in("NO", now).day}
        )
        values = {"hash": policy.text_hash, "name": POLICY, "text": written, "now": now}
        await connection.execute(text("insert into policy_text values (:hash, :name, :text, :now)"), values)
    asked = {"invoices": invoices, "policy": policy.text_hash, "now": now, "today": moment_in("NO", now).day}
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for setting in ("session_replication_role = replica", "synchronous_commit = off", "enable_seqscan = on"):
            await connection.execute(text(f"set {setting}"))
        for statement in (*statements, SEQUENCES):
            filling = text(statement)
            await connection.execute(filling, {name: asked[name] for name in filling.compile().params})
        await connection.execute(text(f"vacuum analyze {FILLED}"))
    await database.close()
    return now
