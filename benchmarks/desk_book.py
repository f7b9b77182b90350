"""A book as the desk meets it: a million invoices of twenty creditors with their story, and what waits for people in it.

Most debtors are quiet. Each creditor has one with hundreds of invoices and years of story, whose newest case has a long
timeline and whose thread many messages; and so many letters to answer, calls to make and things to settle as an office has.
"""

from datetime import datetime

from sqlalchemy import text

from benchmarks.book import POLICY
from config.files import HOME
from domain.moment import moment_in
from domain.money.matching.names import name_key
from domain.money.references import new_reference
from facts.database import Database
from facts.parties.creditors import CreditorDetails, register

CREDITORS = 20
KID = "00640271001"
OF_LONG = 200  # invoices of each creditor's debtor with the long story

GIVEN_NAMES = """Anne Jan Inger Per Kari Bjørn Marit Ole Ingrid Lars Liv Kjell Eva Knut Berit Arne Astrid Svein Bjørg Thomas Hilde
Hans Anna Geir Solveig Tor Marianne Morten Randi Terje Ida Odd Nina Erik Maria Martin Elisabeth Andreas Kristin John Bente
Magnus Heidi Ola Silje Trond Hanne Tore Linda Harald Tone Gunnar Tonje Rolf Camilla Mohammed Olena Fatima Nora Emma"""
BEGINNINGS = """Hans Johans Ols Lars Anders Peders Nils Kristians Jens Karls Johns Petters Eriks Bergs Hauge Haug Hagen Johannes
Andreas Jacobs Halvors Jørgens Dahl Lund Moen Berg Sol Strand Nord Sør Vest Øst Lille Store Bakke Myr Fjell Sand Vik Eng"""
ENDS = "en sen stad dal vik heim nes land bø rud mo li haugen bakken lien moen"
GIVEN = GIVEN_NAMES.split()
FAMILY = [f"{begins}{ends}" for ends in ENDS.split() for begins in BEGINNINGS.split()]

BOOK = (
    # A few names are very common, and most are rare.
    """
insert into debtor (id, creditor_id, key, customer_number, kind, name, name_key, known_as, language, country, address,
    protected_address, happened_at)
select n, 'c' || 1 + n % 20, 'customer ' || n, (100000 + n)::text, 'consumer', p.name, p.key, jsonb_build_array(p.key), 'nb',
    'NO', '["Storgata 1", "0155 Oslo"]', false, :now
from generate_series(1, :invoices / 3) n
cross join lateral (select
    1 + floor(:given * power((n::bigint * 7919 % 100003) / 100003.0, 2))::int as one,
    1 + floor(:family * power((n::bigint * 104729 % 100019) / 100019.0, 3))::int as two) at
join bench_name p on p.given = at.one and p.family = at.two
""",
    # The debtors with a long story have the numbers that follow.
    f"""
insert into debtor (id, creditor_id, key, customer_number, kind, name, name_key, known_as, language, country, address,
    protected_address, happened_at)
select :invoices / 3 + n, 'c' || n, 'long ' || n, 'L' || n, 'consumer', 'Langsom Drift ' || n, 'langsom drift ' || n,
    '[]', 'nb', 'NO', '["Storgata 1", "0155 Oslo"]', false, :now - interval '{OF_LONG} months'
from generate_series(1, {CREDITORS}) n
""",
    """
insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, last_confirmed_at, happened_at)
select d.id, w.channel, a.address, a.address, 'valid', false, :now, :now
from debtor d cross join (values ('email', 'kunde', '@example.no'), ('sms', '+479', '')) w(channel, before, after)
cross join lateral (select w.before || (10000000 + d.id) || w.after as address) a
""",
    # Each creditor has the numbers of the others, and amounts of all sizes.
    """
insert into invoice (id, creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
    reference, account, happened_at)
select n, d.creditor_id, d.id, (20000000 + n / 20)::text, (20000000 + n / 20)::text, :today - n % 700, :today - n % 700 + 14,
    :today - n % 700 + 14, 'NOK', 100 + (n::bigint * 37 % 400000) / 100.0, lpad(n::text, 12, '0'), '12345678903', :now
from generate_series(1, :invoices) n join debtor d on d.id = 1 + n % (:invoices / 3)
""",
    f"""
insert into invoice (id, creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
    reference, account, happened_at)
select :invoices + (c - 1) * {OF_LONG} + n, 'c' || c, :invoices / 3 + c, 'L' || n, 'l' || n, :today - 30 * n,
    :today - 30 * n + 14, :today - 30 * n + 14, 'NOK', 1000 + n,
    lpad((:invoices + (c - 1) * {OF_LONG} + n)::text, 12, '0'), '12345678903',
    :now - n * interval '30 days'
from generate_series(1, {CREDITORS}) c cross join generate_series(1, {OF_LONG}) n
""",
    """
insert into dunning_case (id, creditor_id, invoice_id, debtor_id, policy_hash, round, state, outcome, news_seq, principal,
    fee, next_kind, next_at, next_why, flag, looked_at, happened_at)
select i.id, i.creditor_id, i.id, i.debtor_id, :policy, 1,
    case when i.id / 20 % 10 = 0 or i.number = 'L1' then 'open' else 'closed' end,
    case when i.id / 20 % 10 > 0 and i.number <> 'L1' then 'paid' end, 3,
    case when i.id / 20 % 10 = 0 or i.number = 'L1' then i.amount else 0 end,
    case when i.id % 20 = 0 then 38 else 0 end, 'wait', :now + i.id % 90 * interval '1 day', 'by the plan',
    case i.id / 20 % 1000 when 10 then 'no address' end, :now, least(:now, i.happened_at)
from invoice i
""",
    """
insert into hold (case_id, by, reason_code, happened_at)
select id, 'anne', 'asked', :now from dunning_case where id / 20 % 500 = 0
""",
    """
insert into dispute (case_id, by, reason_code, happened_at)
select id, 'anne', 'asked', :now from dunning_case where id / 20 % 700 = 0
""",
    # What happened in the open cases, and in all of the long stories: the newest of these has as much as many others.
    """
create temp table bench_story as
select c.id, c.creditor_id, c.debtor_id, c.invoice_id, c.happened_at, i.amount, c.id > :invoices as long,
    case when i.number = 'L1' then 60 when c.id > :invoices then 6 else 2 end as deliveries,
    case when i.number = 'L1' then 600 when c.id > :invoices then 15 else 3 end as decisions
from dunning_case c join invoice i on i.id = c.invoice_id where c.id / 20 % 10 = 0 or c.id > :invoices
""",
    """
insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt,
    fee, cost, currency, claimed_at, accepted_at, provider_id, happened_at)
select md5(s.id || '-' || k)::uuid, s.id * 60 + k, s.creditor_id, s.debtor_id,
    (array['email', 'sms', 'email', 'letter'])[1 + k % 4], 'reminder', 'kind', 'nb', false,
    case when s.id / 20 % 5000 = 0 and k = 1 then 'claimed' else 'accepted' end, 1, 0, 0.05, 'NOK',
    s.happened_at + k * interval '12 hours',
    case when s.id / 20 % 5000 > 0 or k > 1 then s.happened_at + k * interval '12 hours' end,
    'p' || s.id || '-' || k, s.happened_at
from bench_story s cross join lateral generate_series(1, s.deliveries) k
""",
    # Of the long stories every third message was about the invoice before, too.
    """
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select md5(s.id || '-' || k)::uuid, s.id + also, 1, 'step-' || k || '-' || also, 'email', false
from bench_story s cross join lateral generate_series(1, s.deliveries) k cross join (values (0), (1)) a(also)
where also = 0 or s.long and k % 3 = 0 and exists (select from dunning_case o where o.id = s.id + 1 and o.debtor_id = s.debtor_id)
""",
    """
insert into provider_event (provider, event_id, delivery_id, kind, happened_at)
select 'sendgrid', s.id || '-' || k || '-' || e.nth, md5(s.id || '-' || k)::uuid, e.kind,
    s.happened_at + k * interval '12 hours' + e.nth * interval '1 minute'
from bench_story s cross join lateral generate_series(1, s.deliveries) k
cross join (values (1, 'accepted'), (2, 'delivered'), (3, 'opened'), (4, 'opened')) e(nth, kind) where s.long
""",
    """
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select s.creditor_id, s.invoice_id, e.kind, e.part, case e.nth when 1 then s.amount else e.amount end, 'NOK', :today,
    e.source, case e.source when 'delivery' then md5(s.id || '-1')::uuid::text else s.id || '-' || e.nth end,
    s.happened_at + e.nth * interval '3 days'
from bench_story s
join (values (1, 'principal', 'principal', 0, 'invoice'), (2, 'fee', 'fee', 38, 'delivery'),
  (3, 'payment', 'principal', -100, 'bank'),
  (4, 'payment', 'principal', -50, 'bank')) e(nth, kind, part, amount, source) on s.long or e.nth = 1
""",
    """
insert into case_event (case_id, kind, by, detail, happened_at)
select s.id, 'wait', 'purr', '{"why": "by the plan"}', s.happened_at + k * interval '6 hours'
from bench_story s cross join lateral generate_series(1, s.decisions) k
""",
    # Letters: many that were read, some that wait, and a thread of years with each debtor of a long story.
    """
insert into reply (creditor_id, debtor_id, channel, text, happened_at, case_id, sender, done_at, done_by, topic)
select c.creditor_id, c.debtor_id, 'email', 'Kan jeg betale neste uke? ' || c.id, :now - c.id % 300 * interval '1 day', c.id,
    'kunde@example.no', case when c.id / 20 % 500 > 0 then :now - c.id % 300 * interval '1 day' end,
    case when c.id / 20 % 500 > 0 then 'anne' end, 'needs time'
from dunning_case c where c.id / 20 % 10 = 0 and c.id <= :invoices
""",
    """
insert into reply (creditor_id, debtor_id, channel, text, happened_at, case_id, sender, done_at, done_by)
select c.creditor_id, c.debtor_id, 'email', repeat('Vi ser på saken. ', 20) || k, :now - k * interval '4 hours', c.id,
    'drift@example.no', case when k > 2 then :now end, case when k > 2 then 'anne' end
from dunning_case c join invoice i on i.id = c.invoice_id cross join generate_series(1, 400) k where i.number = 'L1'
""",
    """
insert into answer (reply_id, creditor_id, debtor_id, case_id, channel, text, by, happened_at)
select r.id, r.creditor_id, r.debtor_id, r.case_id, 'email', 'Takk, vi venter.', 'anne', r.happened_at + interval '1 hour'
from reply r where r.sender = 'drift@example.no' and r.id % 2 = 0
""",
    # What waits for people: calls, approvals, addresses, decisions and money; and all that was settled before.
    """
insert into task (creditor_id, case_id, round, step, kind, why, done_at, done_by, happened_at)
select c.creditor_id, c.id, 1, 'step', k.kind, 'by the plan', case when c.id / 20 % 2500 > 0 then :now end,
    case when c.id / 20 % 2500 > 0 then 'anne' end, :now - c.id % 300 * interval '1 day'
from dunning_case c cross join (values ('call'), ('approval'), ('address'), ('decision')) k(kind)
where c.id / 20 % 20 in (0, 10) and c.id <= :invoices
""",
    """
insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, account, unmatched, state, happened_at)
select 'c' || 1 + n % 20, 'bank', 'bench-' || n, 100 + n, 'NOK', :today, '12345678903', 'no reference', 'review',
    :now - n * interval '1 hour'
from generate_series(1, 400) n
""",
    # Forty people have looked and done things for years.
    """
insert into desk_audit (by, what, creditor_id, debtor_id, case_id, happened_at)
select 'agent' || n % 40, (array['looked', 'looked', 'looked', 'hold', 'answer', 'listed'])[1 + n % 6], c.creditor_id,
    c.debtor_id, c.id, :now - (:invoices - n) * interval '1 minute'
from generate_series(1, :invoices) n join dunning_case c on c.id = 1 + n::bigint * 7919 % :invoices order by n
""",
)
FILLED = """
debtor, contact_point, invoice, dunning_case, hold, dispute, creditor, delivery, delivery_case, provider_event, ledger_entry,
case_event, reply, answer, task, incoming_payment, desk_audit
"""


async def fill_for_desk(url: str, invoices: int, now: datetime) -> None:
    """Fill a database that has its policy already with so many invoices, a multiple of sixty."""
    names = [
        {"given": one, "family": two, "name": (name := f"{given} {family}"), "key": name_key(name)}
        for one, given in enumerate(GIVEN, start=1)
        for two, family in enumerate(FAMILY, start=1)
    ]
    database = Database(url)
    async with database.transaction() as connection:
        for number in range(1, CREDITORS + 1):
            details = CreditorDetails(
                id=f"c{number}", name=f"Creditor {number}", accounts=(f"A-{number}",), consumer_policy=POLICY
            )
            await register(connection, details, now)
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        for setting in ("session_replication_role = replica", "synchronous_commit = off", "enable_seqscan = on"):
            await connection.execute(text(f"set {setting}"))
        await connection.execute(text("create temp table bench_name (given int, family int, name text, key text)"))
        await connection.execute(text("insert into bench_name values (:given, :family, :name, :key)"), names)
        policy = (await connection.execute(text("select hash from policy_text"))).scalar_one()
        asked = {"invoices": invoices, "policy": policy, "now": now, "today": moment_in(HOME, now).day}
        asked |= {"given": len(GIVEN), "family": len(FAMILY)}
        for statement in BOOK:
            filling = text(statement)
            await connection.execute(filling, {name: asked[name] for name in filling.compile().params})
        kid = {"id": invoices // 2, "reference": new_reference("NO", KID)}
        await connection.execute(text("update invoice set reference = :reference where id = :id"), kid)
        await connection.execute(text(f"vacuum analyze {FILLED}"))
    await database.close()
