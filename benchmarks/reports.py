"""How long each report, and the morning's control, takes over two years, a million invoices and five million ledger entries: the
goal is two seconds.
"""

import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.book import FILL, fill
from benchmarks.growth import LARGE, new_database
from config.embedded import start_postgres
from config.files import HOME, read_laws
from facts.database import Database
from facts.migrate import migrate
from facts.money import receivables
from views.control import control
from views.reports.registry import REPORTS
from views.reports.report import make

GOAL = 2000  # milliseconds
ROUNDS = 3

# Invoices of every day of two years, each due two weeks later. Nine of ten are paid within three weeks of that, with a fee that
# was taken back and one that stays; the tenth is owed. Each got two messages. Of a tenth of the customers it was told since when
# they are. A bad morning: a hundredth of the open cases is late, another has nobody to reach, another is held without an end, one
# waits for an approval; letters of two days lie at the printer, and thousands of payments and replies wait for a person.
SPREAD = (
    FILL[0],
    """
insert into invoice (id, creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
    reference, account, happened_at)
select n, d.creditor_id, d.id, n::text, n::text, :today - n % 730, :today - n % 730 + 14, :today - n % 730 + 14, 'NOK', 1000,
    lpad(n::text, 12, '0'), '12345678903', :now - n % 730 * interval '1 day'
from generate_series(1, :invoices) n join debtor d on d.id = 1 + n % (:invoices / 3)
""",
    """
insert into customer_relation (creditor_id, customer_number, told_id, kind, day, product, monthly_margin, currency, happened_at)
select creditor_id, customer_number, customer_number, 'started', :today - 1000, 'power', 100, 'NOK', :now
from debtor where id % 10 = 0
""",
    """
insert into dunning_case (id, creditor_id, invoice_id, debtor_id, policy_hash, round, state, outcome, news_seq, principal,
    fee, next_kind, next_at, next_why, flag, looked_at, happened_at)
select i.id, i.creditor_id, i.id, i.debtor_id, :policy, 1, case when i.id % 10 = 0 then 'open' else 'closed' end,
    case when i.id % 10 > 0 then 'paid' end, 3, case when i.id % 10 = 0 then 1000 else 0 end,
    case when i.id % 10 = 0 then 38 else 0 end, 'wait',
    case when i.id % 10 = 0 then :now + (i.id / 10 % 100 - 1) * interval '1 day' end, 'by the plan',
    case i.id % 1000 when 10 then 'no address' when 20 then 'approval waiting' end, i.happened_at, i.happened_at
from invoice i
""",
    """
insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, attempt, fee, cost,
    currency, claimed_at, accepted_at, batch, posted_on, happened_at)
select md5(c.id || '-' || k)::uuid, (c.id - 1) * 2 + k, c.creditor_id, c.debtor_id, (array['email', 'letter'])[k],
    (array['reminder', 'collection-notice'])[k], 'kind', 'nb', false, 'accepted', 1, 0, 0.05, 'NOK',
    c.happened_at + k * interval '12 days', c.happened_at + k * interval '12 days',
    case k when 2 then 'batch ' || c.id % 730 end, case when k = 2 and c.id % 730 not in (28, 29) then :today end, c.happened_at
from dunning_case c cross join generate_series(1, 2) k
""",
    """
insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
select d.id, 1 + (d.serial - 1) / 2, 1, d.message, d.channel, false from delivery d
""",
    """
insert into ledger_entry (id, creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, reverses,
    happened_at)
select (c.id - 1) * 5 + e.k, c.creditor_id, c.id, e.kind, e.part,
    case when e.k = 5 and c.id % 10 > 0 then -1038 else e.amount end, 'NOK', :today - cast(c.id % 730 as int) + e.days, e.source,
    c.id || '-' || e.k, case when e.kind = 'reversal' then (c.id - 1) * 5 + 2 end, c.happened_at + e.days * interval '1 day'
from dunning_case c cross join (values (1, 'principal', 'principal', 1000, 'invoice', 0),
    (2, 'fee', 'fee', 38, 'delivery', 12), (3, 'reversal', 'fee', -38, 'reversal', 13),
    (4, 'fee', 'fee', 38, 'delivery', 24), (5, 'payment', 'principal', 0, 'bank', 25))
  e(k, kind, part, amount, source, days)
""",
    """
insert into hold (case_id, by, reason_code, happened_at)
select id, 'anne', 'asked', :now - interval '40 days' from dunning_case where id % 1000 = 30
""",
    """
insert into incoming_payment (id, creditor_id, source, source_id, amount, currency, booked_on, state, unmatched, happened_at)
select n, 'acme', 'bank', n, 100, 'NOK', :today, 'review', 'unknown', :now - n % 50 * interval '1 day'
from generate_series(1, :invoices / 200) n
""",
    """
insert into reply (creditor_id, debtor_id, channel, text, happened_at)
select creditor_id, id, 'email', 'Hei', :now - id % 20 * interval '1 day' from debtor where id % 100 = 1
""",
    "analyze customer_relation, hold, reply",  # as autovacuum has them within a minute
)


async def run() -> dict[str, dict[str, Any]]:
    """The median of each. `PURR_REPORTS_INVOICES` makes the book smaller, for a try."""
    invoices = int(os.environ.get("PURR_REPORTS_INVOICES", LARGE)) // 3 * 3
    with tempfile.TemporaryDirectory(prefix="purr-reports-") as folder:
        server = start_postgres(Path(folder))
        try:
            url = new_database(server.url, "reports")
            migrate(url)
            now = await fill(url, invoices, SPREAD)
            database = Database(url, pool_size=2)
            figures = {"summing up": {f"seconds_at_{invoices}": await _summed_up(database, now)}}
            figures |= {"control": {f"ms_at_{invoices}": await _controlled(database, now), "goal": GOAL}}
            figures |= {
                name: {f"ms_at_{invoices}": ms, "goal": GOAL} for name, ms in (await _measured(database)).items()
            }
            await database.close()
        finally:
            server.stop()
    return figures


async def _summed_up(database: Database, now: datetime) -> float:
    started = time.perf_counter()
    async with database.transaction() as connection:
        through = await receivables.whole_through(connection)
    left = 1
    while left:
        async with database.transaction() as connection:
            left = await receivables.sum_up(connection, through, now)
    return round(time.perf_counter() - started, 1)


async def _measured(database: Database) -> dict[str, float]:
    figures = {}
    for name, spec in REPORTS.items():
        times = []
        for _ in range(ROUNDS):
            async with database.snapshot() as connection:
                started = time.perf_counter()
                await make(connection, spec, ["acme"], None, None)
                times.append(1000 * (time.perf_counter() - started))
        figures[name] = round(median(times), 1)
        print(f"report {name}: {figures[name]} ms", file=sys.stderr, flush=True)
    return figures


async def _controlled(database: Database, now: datetime) -> float:
    """In milliseconds, for operations, of all that they see."""
    laws = read_laws()
    times = []
    for _ in range(ROUNDS):
        async with database.transaction() as connection:
            started = time.perf_counter()
            checked = await control(connection, laws, laws[HOME], None, now)
            times.append(1000 * (time.perf_counter() - started))
    assert sum(bool(each.found) for each in checked) > 6, "a bad morning has much to tell of"
    print(f"control: {median(times):.1f} ms", file=sys.stderr, flush=True)
    return round(median(times), 1)
