"""Cost that does not grow with the book: every SQL statement finds its rows by an index, or says here why it need not.

Each is explained as production plans it, once for all values and by an index wherever there is one, on a small book.
"""

import ast
import asyncio
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import psycopg
import pytest
from sqlalchemy import TextClause, text

from benchmarks import book
from benchmarks.postings import open_invoices
from facts.database import SESSION, Database
from facts.desk import audit
from facts.invoices.invoices import DEBTORS
from facts.money.payments import BOOK_PLAIN
from tests.world import fresh_database
from tools.sources import parsed
from views import invoices
from views.filters import Filter
from views.lists import Listed, page_of
from views.status import CASES, SHOWN
from web.api.listed import OFFERED

PACKAGES = ("activities", "channels", "commands", "config", "facts", "planning", "relays", "terminal", "views", "web")
INVOICES = 3_000

# Tables that stay small however many invoices there are, so that any statement may read all of them.
SMALL = {
    "announcement": "a few for a creditor, written by hand",
    "api_key": "a few for a creditor",
    "bank_account": "a few for a creditor",
    "clock_offset": "one row, and none in production",
    "content_piece": "a few for a creditor, written by hand",
    "creditor": "few beside their invoices",
    "creditor_clock": "one for each creditor in test mode",
    "creditor_look": "a few for a creditor, set by hand",
    "creditor_policies": "a few for a creditor, set by hand",
    "creditor_ramp": "a few for a creditor, set by hand",
    "desk_draft": "what was typed within an hour by somebody whose session was over",
    "desk_presence": "one for each page of the desk that is open now, gone a minute later",
    "desk_saved_reply": "some tens for a creditor, written by hand",
    "desk_session": "one for each browser that somebody works in, gone after a month",
    "desk_user": "one for each person who works here",
    "direct_debit_file": "a few a day",
    "incoming_call": "who called somebody at the desk within a day",
    "job_run": "one for each job",
    "many_order": "one for each time that somebody does the same to many cases",
    "experiment_look": "one a night for each experiment that runs",
    "experiment_stop": "one for each experiment that somebody stopped",
    "strategies_look": "one a week for each policy of a creditor of whom something was left to chance",
    "history_columns": "one for each file of another system's past that is kept",
    "history_file": "one for each such file that was imported",
    "history_removal": "one for each such file that was removed",
    "model_choice": "one for each version that was learned, and what people chose",
    "model_version": "one a day at most for each thing that is learned",
    "outage": "one for each channel at most",
    "outbox": "what is on its way, gone when it has arrived",
    "page_change": "what happened within a day",
    "receivables_summary": "one for thousands of ledger entries",
    "policy_text": "one for each text that a policy ever had",
    "stop_switch": "set by hand, seldom",
    "other_process_day": "one or two a day for a creditor that has a shadow",
    "own_words": "a few for a creditor, written by hand",
    "rehearsal": "a few for a creditor in test mode, set by hand",
    "webhook_endpoint": "at most twenty in use for a creditor",
    "worker_process": "one for each worker that runs",
}
# Partial indexes of what waits: as long as the queue, and not as the book.
QUEUES = {
    "bank_file_left",
    "contact_point_given",
    "content_mark_marked",
    "delivery_claimed",
    "delivery_unavailable",
    "delivery_unposted",
    "dispute_open",
    "dunning_case_flagged",
    "dunning_case_left",
    "hand_off_message_waiting",
    "hand_off_queued",
    "hold_in_force",
    "many_order_going_on",
    "incoming_payment_in_review",
    "incoming_payment_waiting_amount",
    "incoming_payment_waiting_number",
    "incoming_payment_waiting_reference",
    "partner_request_waiting",
    "payment_attempt_under_way",
    "refund_due",
    "refund_under_way",
    "reply_unread",
    "reply_unsorted",
    "task_calls",
    "task_open",
    "webhook_message_due",
    "webhook_message_failed",
}
# Statements that read all rows of a table, and why that is right.
A_LIST = "a list of everything of its kind that an operator asks for by hand"
EXCEPTIONS = {
    "facts.prediction.proposals.SENT": "once a week all that was proposed is learned from",
    "facts.direct_debit.claims.LIST": A_LIST,
    "facts.money.accounting.HORIZON": "the last row by its number",
    "views.fee_report.FIGURES": "a report over all the months, asked for by hand",
    "facts.collection.hand_offs.LIST": A_LIST,
    "facts.collection.hand_offs.LIST_MESSAGES": A_LIST,
    "facts.money.receivables.LAST": "the greatest number, at the end of an index",
    "views.control.SORTED_LAST": "the last row by its number",
    "facts.money.ledger.DISAGREEING": "the proof that the kept balances agree with the ledger, entry by entry",
    "facts.direct_debit.mandates.LIST": A_LIST,
    "facts.direct_debit.mandates.SERVE": "while a mandate waits, it is compared with its creditor's open invoices",
    "facts.deliveries.replies.LIST": A_LIST,
    "facts.money.refunds.ALL_REFUNDS": A_LIST,
    "facts.prediction.experiment_looks.RUNNING": "once a night, which experiments run and how many are in each",
    "facts.prediction.history_files.NUMBERS": "who is known in what was imported, when a past is read to learn from",
    "facts.deliveries.restored.DUE": "after a restore every case that was due is looked at, once and by hand",
    "facts.operations.many.ASK": "the last row by its number",
    "facts.prediction.pages.OF_PLACES": "the statistics of postcodes, which are as many as a country has, whatever the book",
    "facts.prediction.pages.LAST": "the last row by its number",
    "facts.operations.ramps.CROSSING": "a ramp tells every open case that it concerns, once",
    "facts.operations.stops.COVERED": "a stop switch tells every open case, once",
    "facts.operations.tasks.LIST": A_LIST,
    "views.prediction.card.JUDGED": "all that people judged since a model was learned, for its card, asked for by hand",
    "views.reports.automated_decisions.COUNTED": "the register of a time, over all that was decided in it, asked for by hand",
}
MAKERS = {
    "facts.desk.audit.listed": "what of the audit somebody asks for: explained below, for each way to ask",
    "facts.money.candidates._candidates": "its statements stand at the top of the module",
    "views.lists.stride_of": "where a stride through a list ends",
    "views.lists.counts": "how many rows a filter describes, in the words of whoever asks for it",
    "views.lists.page_of": "a page of a list, by a filter in the words of whoever asks for it",
    "views.selected._asked": "pages of what a person describes, by a filter, a file or a reason",
    "terminal.where.matching": "a list by a filter in the words of whoever asks for it",
}
ADVICE = """
These statements read every row of a table, which costs more with every invoice:
  {found}
Give each table an index that begins with what the statement compares (in facts/tables.py, with a migration). An
`exists` among the selected columns may be planned as a hash of the whole table: ask `(select true from … limit 1) is not
null` instead. Where reading all is right, say so in tests/facts/test_statements.py: the table in SMALL or its partial
index in QUEUES if it stays small, else the statement in EXCEPTIONS, each with the reason.
"""


def statements() -> dict[str, str]:
    """Every statement that stands in a module of the code, by the module and its name there."""
    found: dict[int, tuple[str, str]] = {}
    for module in modules():
        for name, value in vars(import_module(module)).items():
            for called, statement in _texts(f"{module}.{name}", value):
                found.setdefault(id(statement), (called, statement.text))
    return dict(sorted(found.values()))


def modules() -> Iterator[str]:
    """The modules of those packages that there are, without the migrations."""
    for package in PACKAGES:
        try:
            path = import_module(package).__path__
        except ModuleNotFoundError:
            continue
        for module in pkgutil.walk_packages(path, f"{package}."):
            if ".migrations" not in module.name:
                yield module.name


def _texts(name: str, value: Any) -> Iterator[tuple[str, TextClause]]:
    if isinstance(value, TextClause):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(f"{name}[{key}]", each)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _texts(f"{name}.{each.name}", getattr(value, each.name))


def numbered(sql: str) -> str:
    """The statement with its parameters by number, as the server knows them."""
    names = list(dict.fromkeys(re.findall(PARAMETER, sql)))
    return re.sub(PARAMETER, lambda match: f"${names.index(match[1]) + 1}", sql).replace("\\:", ":")


PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


def whole_reads(plan: dict[str, Any], indexes: dict[str, str]) -> Iterator[str]:
    """The tables that a plan reads from one end to the other, in rows or by an index; `indexes` names the tables of all."""
    index, table = plan.get("Index Name"), plan.get("Relation Name")
    if plan["Node Type"] == "Seq Scan" and table not in SMALL:
        yield str(table)
    elif index is not None and "Index Cond" not in plan and index not in QUEUES and indexes[index] not in SMALL:
        yield f"{indexes[index]} by all of its index {index}"
    for part in plan.get("Plans", ()):
        yield from whole_reads(part, indexes)


def looked_up(plan: dict[str, Any], index: str) -> Iterator[str]:
    """What a plan compares wherever it goes by an index."""
    if plan.get("Index Name") == index:
        yield plan["Index Cond"]
    for part in plan.get("Plans", ()):
        yield from looked_up(part, index)


@pytest.fixture(scope="module")
def server(postgres_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A small book, asked as production asks."""
    url = fresh_database(postgres_url, "statements")
    asyncio.run(book.fill(url, INVOICES))
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(SESSION.encode())
        yield connection


@pytest.fixture(scope="module")
def reads(server: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """What each statement reads from one end to the other."""
    rows = server.execute("select indexname, tablename from pg_indexes where schemaname = 'public'").fetchall()
    found = {}
    for name, sql in statements().items():
        try:
            ((plans,),) = server.execute(f"explain (generic_plan, format json) {numbered(sql)}".encode()).fetchall()
        except psycopg.Error as error:
            pytest.fail(f"{name} cannot be explained ({error}): give its parameters types, as cast(:amount as numeric)")
        found[name] = list(whole_reads(plans[0]["Plan"], dict(rows)))
    return found


def test_every_statement_finds_its_rows_by_an_index(reads: dict[str, list[str]]) -> None:
    found = [f"{name}: {table}" for name, tables in reads.items() if name not in EXCEPTIONS for table in tables]
    assert not found, ADVICE.format(found="\n  ".join(found))


def test_no_exception_is_left_that_nothing_needs(reads: dict[str, list[str]]) -> None:
    assert [name for name in EXCEPTIONS if not reads.get(name)] == []


def test_the_walk_meets_the_statements_that_run_most(reads: dict[str, list[str]]) -> None:
    assert {"facts.cases.load.LOAD", "facts.money.payments.BOOK_PLAIN", "commands.case.hold.HOLD"} <= set(reads)
    assert len(reads) > 200


def test_statements_stand_in_their_modules_where_the_walk_meets_them() -> None:
    hidden = []
    for module in set(modules()) - {"facts.tables"}:
        source = inspect.getsource(import_module(module))
        nodes = ast.walk(parsed(source)) if "text(" in source else ()
        for function in (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
            if any(isinstance(call.func, ast.Name) and call.func.id == "text" for call in calls):
                hidden.append(f"{module}.{function.name}")
    assert set(hidden) <= set(MAKERS), (
        "put the statement at the top of its module, where it is explained with all others"
    )


def test_a_statement_that_reads_a_whole_table_is_found(server: psycopg.Connection[Any]) -> None:
    rows = server.execute("select indexname, tablename from pg_indexes where schemaname = 'public'").fetchall()
    for sql, table in (
        ("select id from ledger_entry where kind = :kind", "ledger_entry"),
        ("select id from delivery where id::text = :id", "delivery"),
        ("select id from debtor where name = :name order by id limit 1", "debtor"),
    ):
        ((plans,),) = server.execute(f"explain (generic_plan, format json) {numbered(sql)}".encode()).fetchall()
        assert [read.split()[0] for read in whole_reads(plans[0]["Plan"], dict(rows))] == [table]


@pytest.mark.parametrize(
    "listed", [invoices.INVOICES, *(offered.listed for offered in OFFERED)], ids=lambda listed: listed.name
)
def test_a_page_of_a_list_goes_on_in_its_order_by_an_index(server: psycopg.Connection[Any], listed: Listed) -> None:
    rows = server.execute("select indexname, tablename from pg_indexes where schemaname = 'public'").fetchall()
    statement = numbered(page_of(listed, Filter(), 25, begun=True).text)
    ((plans,),) = server.execute(f"explain (generic_plan, format json) {statement}".encode()).fetchall()
    assert list(whole_reads(plans[0]["Plan"], dict(rows))) == []


def test_cases_that_act_at_one_moment_are_listed_in_their_order_by_an_index(server: psycopg.Connection[Any]) -> None:
    listed = f"select {SHOWN} from ({CASES}) c where state = 'open' order by next_at, case_id limit 50"
    ((plans,),) = server.execute(f"explain (generic_plan, format json) {numbered(listed)}".encode()).fetchall()
    assert "Sort" not in str(plans), "all cases of the first moment would be read for a page"


def test_an_address_that_thousands_share_is_judged_by_the_few_whom_it_fails(server: psycopg.Connection[Any]) -> None:
    ((plan,),) = server.execute(f"explain (generic_plan, format json) {numbered(DEBTORS.text)}".encode()).fetchall()
    looks = list(looked_up(plan[0]["Plan"], "contact_point_address"))
    assert looks
    assert all("state" in look for look in looks)


async def test_a_bank_file_right_after_the_first_import_finds_each_case_by_its_invoice(postgres_url: str) -> None:
    """Before the tables are first counted the server takes open cases to be one in two hundred, and may read them all."""
    database = Database(fresh_database(postgres_url, "statements_uncounted"), pool_size=1)
    await open_invoices(database, "acme", "98765432100", 800)
    explain = text(f"explain (generic_plan, format json) {numbered(BOOK_PLAIN.text)}".replace(":", "\\:"))
    async with database.transaction() as connection:
        plans = (await connection.execute(explain)).scalar_one()
        indexes = "select indexname, tablename from pg_indexes where schemaname = 'public'"
        tables = {row.indexname: row.tablename for row in await connection.execute(text(indexes))}
    await database.close()
    assert list(whole_reads(plans[0]["Plan"], tables)) == []


def test_every_foreign_key_has_an_index_that_begins_with_it(server: psycopg.Connection[Any]) -> None:
    """Else a delete, or a look from the other side, reads all rows. An index of those that refer at all will do."""
    unindexed = server.execute(
        """
        select c.conrelid::regclass::text || ' (' || string_agg(a.attname, ', ' order by k.place) || ')'
        from pg_constraint c cross join lateral unnest(c.conkey) with ordinality k(column_number, place)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.column_number
        where c.contype = 'f' and c.conrelid::regclass::text <> all(%s) and not exists (
          select from pg_index i where i.indrelid = c.conrelid and i.indisvalid
            and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey
            and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)'))
        group by c.oid, c.conrelid order by 1
        """,
        [list(SMALL)],
    ).fetchall()
    assert [name for (name,) in unindexed] == []


@pytest.mark.parametrize("creditors", [None, 1, 3])
@pytest.mark.parametrize("asked", ["", "by", "what", "invoice", "since", "since until", "by what", "by invoice until"])
def test_the_audit_is_searched_by_an_index_whatever_is_asked(
    server: psycopg.Connection[Any], asked: str, creditors: int | None
) -> None:
    rows = server.execute("select indexname, tablename from pg_indexes where schemaname = 'public'").fetchall()
    statement = numbered(audit.listed(frozenset(asked.split()), creditors).text)
    ((plans,),) = server.execute(f"explain (generic_plan, format json) {statement}".encode()).fetchall()
    assert list(whole_reads(plans[0]["Plan"], dict(rows))) == []
