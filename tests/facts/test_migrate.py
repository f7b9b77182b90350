"""The database of an earlier version reaches the newest schema with all that it knew, and its cases go on."""

import gzip
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from connectors.ids import Kind
from facts.database import Database
from facts.migrate import migrate
from planning.service import Planning
from tests.dumps.record import FOLDER
from tests.goldens.schema import differences
from tests.world import empty_database, laws_for_years_to_come

DUMPS = {dump.name.removesuffix(".sql.gz"): dump for dump in sorted(FOLDER.glob("*.sql.gz"))}
TABLES = "select tablename, '' from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
LEDGER = "select invoice_id, sum(amount) from ledger_entry group by invoice_id"
LIVES = """update debtor set stop_reason = case when id % 4 = 0 then 'deceased' end,
  stopped_on = case when id % 8 = 0 then date '2027-02-03' end, birth_date = case when id % 3 = 0 then date '1980-05-17' end,
  representative = case when id % 5 = 0 then 'Guri Verge' end, protected_address = id % 7 = 0"""
PAID_TOGETHER = """with settled as (
  select i.id, i.creditor_id, row_number() over (order by i.id) as n from invoice i join dunning_case c on c.invoice_id = i.id
  where c.outcome = 'paid' order by i.id limit 2),
paid as (
  insert into incoming_payment (creditor_id, source, source_id, invoice_id, amount, currency, booked_on, state, happened_at)
  select creditor_id, 'bank file', 'together', id, 3, 'NOK', '2027-02-01', 'booked', '2027-02-01 12:00Z'
  from settled where n = 1 returning *)
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, payment_id,
  happened_at)
select paid.creditor_id, s.id, 'payment', 'principal', -s.n, 'NOK', paid.booked_on, paid.source, 'together#' || s.n, paid.id,
  paid.happened_at from paid, settled s"""
SAID = """with said as (
  insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
  select creditor_id, debtor_id, id, 'sms', 'why?', '2027-02-01 12:00Z'
  from dunning_case where state = 'open' limit 1 returning *)
insert into task (id, creditor_id, case_id, round, step, kind, why, happened_at)
select 4242, creditor_id, case_id, 1, 'reply#' || id, 'reply', text, happened_at from said"""
# What two billing systems gave in other spellings than the debtor has, and what is known there.
SPELT = """insert into contact_point (debtor_id, channel, address, state, of_representative, happened_at)
select debtor_id, channel, case when debtor_id % 2 = 0 then upper(address) else replace(address, 'bücher', 'xn--bcher-kva') end,
  case when debtor_id % 2 = 0 then 'opted out' else 'replaced' end, of_representative, happened_at + interval '1 year'
from contact_point where channel = 'email' and state = 'valid' and not of_representative"""
SPELT_BEFORE = """update contact_point set address = replace(address, 'example', 'bücher')
where debtor_id % 2 = 1 and channel = 'email'"""
KNOWN = """array_remove(array['born "' || birth_date || '"', stop_reason || coalesce(' since ' || stopped_on, ''),
  case when protected_address then 'protected address' end, 'represented "' || representative || '"'], null)"""
SENT = """select channel, count(*) from delivery where contact_point_id is not null group by channel"""
TOLD = "concat(kind, ' since ' || since, ' ' || cast(value as text))"
BALANCES = "select invoice_id, balance from dunning_case"
CASES = text("select id, outcome, (select max(happened_at) from decision) as now from dunning_case order by id")


@dataclass(frozen=True)
class Migrated:
    """A database that was brought to the newest schema, and what it knew before."""

    url: str
    rows: dict[str, int]
    """How many each of its tables had."""
    owed: dict[int, Decimal]
    """What the ledger of each invoice added up to."""
    sent: dict[str, int]
    """How many deliveries went by each channel to addresses that are known."""


@pytest.fixture(scope="module", params=DUMPS)
def migrated(request: pytest.FixtureRequest, postgres_url: str) -> Migrated:
    """The database of a demo that an earlier version played."""
    url = empty_database(postgres_url, request.param)
    with psycopg.connect(_plain(url)) as connection:
        connection.execute(gzip.decompress(DUMPS[request.param].read_bytes()))
        connection.execute("set search_path = public")
        connection.execute(LIVES)
        connection.execute(PAID_TOGETHER)
        connection.execute(SAID)
    before = Migrated(url, _rows(url), _pairs(url, LEDGER), _pairs(url, SENT))
    with psycopg.connect(_plain(url)) as connection:
        connection.execute(SPELT_BEFORE)
        connection.execute(SPELT)
    migrate(url)
    return before


def test_its_schema_is_that_of_the_newest_version(migrated: Migrated) -> None:
    assert differences(migrated.url) == []


def test_every_row_is_still_there(migrated: Migrated) -> None:
    assert migrated.rows["dunning_case"] == 44
    now = _rows(migrated.url)
    now["task"] += now.pop("debtor_task")  # where those of debtors have moved to
    assert now == now | migrated.rows


def test_the_task_of_a_reply_is_its_debtors_under_its_number(migrated: Migrated) -> None:
    moved = "select id, array[debtor_id, case_id, reply_id] from debtor_task where kind = 'reply' and why = 'why?'"
    said = "select 4242, array[r.debtor_id, r.case_id, r.id] from reply r where r.text = 'why?'"
    assert _pairs(migrated.url, moved) == _pairs(migrated.url, said) != {}
    assert _pairs(migrated.url, "select id, step from task where kind = 'reply'") == {}


def test_each_creditor_has_a_key_of_its_own_and_what_was_told_by_number_keeps_its_number(migrated: Migrated) -> None:
    with psycopg.connect(_plain(migrated.url)) as connection:
        keys = [bytes(row[0]) for row in connection.execute("select id_key from creditor").fetchall()]
        told: dict[str, int] = dict(connection.execute("select kind, up_to from plain_number").fetchall())
        highest = connection.execute("select max(id) from (select id from task union all select id from debtor_task) t")
        assert told["tsk"] == highest.fetchall()[0][0] >= 4242
    assert (len(set(keys)), {len(key) for key in keys}) == (len(keys), {32})
    assert set(told) <= set(Kind)


def test_spellings_of_a_debtors_address_are_one_in_the_stricter_state(migrated: Migrated) -> None:
    """As `every row is still there` has it, the row that came beside another one is gone."""
    states = "select debtor_id, state from contact_point where channel = 'email' and debtor_id % 2 = {} and not of_representative"
    opted, going_on = (_pairs(migrated.url, states.format(half)) for half in (0, 1))
    assert {"opted out"} <= {*opted.values()} <= {"opted out", "bounced"}
    assert "valid" in going_on.values()
    shown = "select debtor_id, address from contact_point where channel = 'email' and address like '%@%xn--bcher-kva%'"
    assert _pairs(migrated.url, shown), "the spelling that was given last"
    assert _pairs(migrated.url, SENT) == migrated.sent


def test_every_invoice_is_owed_what_its_ledger_added_up_to(migrated: Migrated) -> None:
    assert migrated.owed
    assert _pairs(migrated.url, LEDGER) == migrated.owed
    assert _pairs(migrated.url, BALANCES) == migrated.owed


def test_what_was_known_of_a_debtor_is_told_as_life_events(migrated: Migrated) -> None:
    known = f"select id, {KNOWN} from debtor where {KNOWN} <> '{{}}'"
    told = (
        f"select debtor_id, array_agg({TOLD} order by kind) from life_event where by = 'migration' group by debtor_id"
    )
    assert _pairs(migrated.url, told) == _pairs(migrated.url, known) != {}


def test_a_payment_for_several_invoices_is_shared_out_whole(migrated: Migrated) -> None:
    shared = (
        "select p.id, sum(s.amount) from payment_share s join incoming_payment p on p.id = s.payment_id group by p.id"
    )
    given = "select id, amount from incoming_payment where state = 'booked' and invoice_id is null"
    assert _pairs(migrated.url, shared) == _pairs(migrated.url, given) != {}


def test_what_a_policy_ignores_is_kept_beside_its_text(migrated: Migrated) -> None:
    said = r"""select hash, coalesce(cast(substring(text from '(?n)^ignore_balance_below: ([0-9.]+) NOK') as numeric), 0)
        from policy_text"""
    assert (
        _pairs(migrated.url, "select hash, ignore_balance_below from policy_text") == _pairs(migrated.url, said) != {}
    )


async def test_open_cases_go_on_and_closed_ones_stay_closed(migrated: Migrated) -> None:
    planning = Planning(laws_for_years_to_come())
    database = Database(migrated.url)
    async with database.transaction() as connection:
        cases = (await connection.execute(CASES)).all()
        outcomes = {case.id: (await planning.plan(connection, case.id, case.now)).action.outcome for case in cases}
    await database.close()
    assert outcomes == {case.id: case.outcome for case in cases}


def _rows(url: str) -> dict[str, int]:
    tables = _pairs(url, TABLES)
    with psycopg.connect(_plain(url)) as connection:
        count = sql.SQL("select count(*) from {}")
        return {
            table: connection.execute(count.format(sql.Identifier(table))).fetchall()[0][0] for table in sorted(tables)
        }


def _pairs(url: str, query: str) -> dict[Any, Any]:
    """What a query of two columns finds: the second by the first."""
    with psycopg.connect(_plain(url)) as connection:
        return dict(connection.execute(query).fetchall())


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")
