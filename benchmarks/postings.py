"""Postings: payments booked a second, by one and by many, beside bare inserts; and bank files booked from end to end.

The bare insert is one statement that adds one row to a plain table, committed as our bookings are.
"""

import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from statistics import median

from sqlalchemy import text

from activities.bank_files import book_file
from config.embedded import start_postgres
from connectors.bank_files.reader import examine
from domain.countries.no import kid_with_check_digit
from facts.database import Database
from facts.migrate import migrate
from facts.money import ledger
from facts.money.payments import Payment, book, book_plain
from simulator.offices.bank import Order, ocr_file

ACCOUNT = "12345678903"
IBAN = "NO9312345678903"
DAY = date(2026, 6, 1)
NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
AMOUNT = Decimal("802.00")
SINGLE, BATCH, IN_FILE = 1_500, 500, 10_000
ROUNDS = 5

CREDITOR = text("""
with creditor as (
  insert into creditor (id, name, country, address, open_tracking, happened_at)
  values (:creditor, :creditor, 'NO', '[]', true, :now)),
policy as (insert into policy_text (hash, name, text, happened_at) values ('-', '-', '-', :now) on conflict do nothing)
insert into bank_account (creditor_id, account, happened_at) values (:creditor, :account, :now)
""")
INVOICES = text("""
with given as (select * from unnest(cast(:references as text[])) with ordinality as g(reference, n)),
debtors as (
  insert into debtor (creditor_id, key, customer_number, kind, name, name_key, language, country, address,
      protected_address, happened_at)
  select :creditor, reference, reference, 'consumer', 'Kari Nordmann', 'kari nordmann', 'nb', 'NO', '[]', false, :now
  from given returning id, key),
invoices as (
  insert into invoice (creditor_id, debtor_id, number, issue_date, due_date, original_due_date, currency, amount,
      reference, happened_at)
  select :creditor, d.id, g.n, :day, :day, :day, 'NOK', :amount, g.reference, :now
  from given g join debtors d on d.key = g.reference order by g.n returning id, debtor_id, number),
owed as (
  insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id,
      happened_at)
  select :creditor, id, 'principal', 'principal', :amount, 'NOK', :day, 'invoice', number, :now from invoices)
insert into dunning_case (creditor_id, invoice_id, debtor_id, policy_hash, round, state, news_seq, happened_at)
select :creditor, id, debtor_id, '-', 1, :state, 1, :now from invoices
""")
# The kept balances follow from the entries; the statement above makes cases after them.
BALANCES = text("""
update dunning_case c set principal = l.principal
from (select invoice_id, sum(amount) as principal from ledger_entry where creditor_id = :creditor group by invoice_id) l
where l.invoice_id = c.invoice_id
""")
BARE_TABLE = text("""
create table bare_posting (id bigserial primary key, invoice_id int, amount numeric(14, 2), currency text,
    booked_on date, source_id text unique, happened_at timestamptz)
""")
BARE_ROW = text("""
insert into bare_posting (invoice_id, amount, currency, booked_on, source_id, happened_at)
values (:invoice, :amount, 'NOK', :day, :id, :now)
""")
BARE_ROWS = text("""
insert into bare_posting (invoice_id, amount, currency, booked_on, source_id, happened_at)
select invoice, :amount, 'NOK', :day, id, :now
from unnest(cast(:invoices as int[]), cast(:ids as text[])) as g(invoice, id)
""")


async def open_invoices(
    database: Database, creditor: str, account: str, count: int, *, state: str = "open"
) -> list[str]:
    """A new creditor with so many invoices of NOK 802.00, no two of one debtor, and no news of them; gives their KIDs."""
    references = [kid_with_check_digit(f"{number:09}") for number in range(1, count + 1)]
    values = {"creditor": creditor, "account": account, "now": NOW, "day": DAY, "amount": AMOUNT, "state": state}
    async with database.transaction() as connection:
        await connection.execute(CREDITOR, values)
        await connection.execute(INVOICES, values | {"references": references})
        await connection.execute(BALANCES, values)
        disagreeing = await ledger.disagreeing(connection)
    assert not disagreeing
    return references


def payments_of(creditor: str, references: Sequence[str]) -> list[Payment]:
    """A payment of all that is owed for each invoice."""
    return [
        Payment(creditor, "bank", reference, AMOUNT, "NOK", DAY, reference=reference, debit_account=f"9{reference}")
        for reference in references
    ]


def camt_file(references: Sequence[str]) -> str:
    """A camt.054 file that pays all of these invoices, one batch."""
    transactions = "".join(
        f"<TxDtls><Refs><AcctSvcrRef>T{reference}</AcctSvcrRef></Refs>"
        f'<Amt Ccy="NOK">{AMOUNT}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<RltdPties><Dbtr><Pty><Nm>Kari Nordmann</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{reference}</Ref></CdtrRefInf></Strd>"
        "</RmtInf></TxDtls>"
        for reference in references
    )
    total = AMOUNT * len(references)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>'
        "<GrpHdr><MsgId>M1</MsgId></GrpHdr>"
        f"<Ntfctn><Id>N1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>"
        f'<Ntry><Amt Ccy="NOK">{total}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><AcctSvcrRef>E1</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>VCOM</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><Btch><NbOfTxs>{len(references)}</NbOfTxs></Btch>{transactions}</NtryDtls></Ntry></Ntfctn>"
        "</BkToCstmrDbtCdtNtfctn></Document>"
    )


async def measure(database: Database, folder: Path) -> dict[str, float]:
    """How many a second of everything, on a migrated database that holds nothing else. The rounds of each pair take turns."""
    payments = payments_of("single", await open_invoices(database, "single", "1", SINGLE))
    async with database.transaction() as connection:
        await connection.execute(BARE_TABLE)
    ours, bare = iter(payments), iter(range(10**9))

    async def one() -> None:
        async with database.transaction() as connection:
            assert (await book(connection, next(ours))).status == "booked"

    async def bare_one() -> None:
        async with database.transaction() as connection:
            number = next(bare)
            row = {"invoice": number, "amount": AMOUNT, "day": DAY, "id": f"one-{number}", "now": NOW}
            await connection.execute(BARE_ROW, row)

    single, bare_single = await _in_turns(one, bare_one, SINGLE // ROUNDS, 1)

    references = await open_invoices(database, "batches", "2", BATCH * (ROUNDS + 1) * 2)
    many = iter(payments_of("batches", references))

    async def batch() -> None:
        async with database.transaction() as connection:
            booked = await book_plain(connection, [next(many) for _ in range(BATCH)])
        assert all(each and each.status == "booked" for each in booked)

    async def bare_batch() -> None:
        numbers = [next(bare) for _ in range(BATCH)]
        rows = {"invoices": numbers, "ids": [f"many-{n}" for n in numbers], "amount": AMOUNT, "day": DAY, "now": NOW}
        async with database.transaction() as connection:
            await connection.execute(BARE_ROWS, rows)

    batches, bare_batches = await _in_turns(batch, bare_batch, 2, BATCH)
    return {
        "single_a_second": round(single),
        "single_beside_a_bare_insert": round(single / bare_single, 2),
        "goal": 0.5,
        "in_batches_of_500_a_second": round(batches),
        "batches_beside_bare_ones": round(batches / bare_batches, 2),
        "ocr_file_end_to_end_a_second": round(await _file_a_second(database, "ocr", folder / "OCR.txt")),
        "camt_file_end_to_end_a_second": round(await _file_a_second(database, "camt", folder / "camt.xml")),
    }


async def _in_turns(
    ours: Callable[[], Awaitable[None]], bare: Callable[[], Awaitable[None]], times: int, pieces: int
) -> tuple[float, float]:
    """The median rates over rounds of both, each warmed up by a piece."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, found in zip((ours, bare), rates, strict=True):
            await work()
            begun = time.perf_counter()
            for _ in range(times - 1):
                await work()
            found.append((times - 1) * pieces / (time.perf_counter() - begun))
    return median(rates[0]), median(rates[1])


async def _file_a_second(database: Database, creditor: str, path: Path) -> float:
    """A file read, checked and booked, with all that follows from its payments."""
    async with database.transaction() as connection:
        await connection.execute(text("delete from bank_account where account = :account"), {"account": ACCOUNT})
    references = await open_invoices(database, creditor, ACCOUNT, IN_FILE)
    if creditor == "ocr":
        path.write_text(ocr_file(DAY, [ACCOUNT], [Order(ACCOUNT, reference, AMOUNT) for reference in references]))
    else:
        path.write_text(camt_file(references))
    begun = time.perf_counter()
    booked = await book_file(database, examine(path))
    seconds = time.perf_counter() - begun
    assert (booked.state, booked.booked) == ("done", IN_FILE), booked
    async with database.transaction() as connection:
        assert await ledger.disagreeing(connection) == []
    return IN_FILE / seconds


async def run() -> dict[str, float]:
    """Measure on a PostgreSQL server of its own, which flushes every commit to disk."""
    with tempfile.TemporaryDirectory() as folder:
        server = start_postgres(Path(folder))
        migrate(server.url)
        database = Database(server.url)
        try:
            return await measure(database, Path(folder))
        finally:
            await database.close()
            server.stop()
