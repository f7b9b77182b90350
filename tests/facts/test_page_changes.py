"""What a page has missed is told exactly, in whatever order transactions end, and to the page of no other case."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from connectors.attachment_folder import AttachmentFolder
from facts import page_changes
from facts.database import Database
from facts.page_changes import KEPT_FOR, RIGHTS, Position, position
from relays.forgetting import Forgetting
from tests.facts.builders import Facts, facts_in

MADE = text("insert into case_event (case_id, kind, by, happened_at) values (:case, 'hold', 'anne', clock_timestamp())")

PAID = """
insert into ledger_entry
  (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, invoice_id, 'credit', :part, -1, 'NOK', date '2026-03-02', 'credit note', gen_random_uuid(), clock_timestamp()
from dunning_case where id = :case
"""
PULLED = """
update delivery set state = 'withdrawn' where debtor_id = (select debtor_id from dunning_case where id = :case)
"""


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "page_changes") as facts:
        await facts.creditor()
        yield facts


async def here(facts: Facts) -> Position:
    return (await told(facts, Position(0, 0, 0, frozenset())))[0]


async def told(facts: Facts, seen: Position, *cases: int) -> tuple[Position, list[tuple[int, str]]]:
    """Up to where somebody is told who asks now, and what of."""
    async with facts.database.transaction() as connection:
        reached, changes = await page_changes.since(connection, seen, cases)
    return reached, sorted((change.case, change.kind) for change in changes)


async def paid(facts: Facts, case: int, part: str = "principal") -> None:
    await facts.change(PAID, case=case, part=part)


async def test_money_tells_its_page_once_and_no_other(facts: Facts) -> None:
    case, neighbour = await facts.case("1"), await facts.case("2")
    seen = await here(facts)
    await paid(facts, case)
    seen, changes = await told(facts, seen, case, neighbour)
    assert changes == [(case, "money")]
    assert (await told(facts, seen, case, neighbour))[1] == []


async def test_an_invoice_that_comes_tells_nobody(facts: Facts) -> None:
    seen = await here(facts)
    case = await facts.case("1")
    assert (await told(facts, seen, case))[1] == []


async def test_what_was_under_way_is_told_when_it_is_there_though_later_things_came_first(facts: Facts) -> None:
    case = await facts.case("1")
    database = Database(facts.database.url, pool_size=3)
    async with AsyncExitStack() as stack:
        slow = await stack.enter_async_context(database.transaction())
        await slow.execute(MADE, {"case": case})
        seen = await here(facts)
        await paid(facts, case)
        seen, changes = await told(facts, seen, case)
        assert changes == [(case, "money")]
    seen, changes = await told(facts, seen, case)
    assert changes == [(case, "case")]
    assert (await told(facts, seen, case))[1] == []
    await database.close()


async def test_what_is_rolled_back_is_told_to_nobody(facts: Facts) -> None:
    case = await facts.case("1")
    seen = await here(facts)
    async with facts.database.engine.connect() as connection:
        await connection.execute(MADE, {"case": case})
        await connection.rollback()
    assert (await told(facts, seen, case))[1] == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("case", "update dunning_case set withdrawn_at = clock_timestamp() where id = :case"),
        ("case", MADE.text),
        (
            "message",
            """insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
            select creditor_id, debtor_id, id, 'page', 'Hei', clock_timestamp() from dunning_case where id = :case""",
        ),
        ("message", PULLED),
        (
            "payment",
            """insert into payment_attempt (id, creditor_id, case_id, provider, amount, currency, state, refunded, happened_at)
            select gen_random_uuid(), creditor_id, id, 'vipps', 1, 'NOK', 'started', 0, clock_timestamp()
            from dunning_case where id = :case""",
        ),
        (
            RIGHTS,
            """update contact_point set state = 'wrong'
            where debtor_id = (select debtor_id from dunning_case where id = :case)""",
        ),
    ],
)  # fmt: skip
async def test_whoever_writes_what_a_page_shows_tells_it(facts: Facts, kind: str, change: str) -> None:
    case, neighbour = await facts.case("1"), await facts.case("2")
    await facts.delivery(case)
    seen = await here(facts)
    await facts.change(change, case=case)
    concerns = [case, neighbour] if kind == RIGHTS else [case]  # both are the same debtor's
    assert (await told(facts, seen, case, neighbour))[1] == [(each, kind) for each in concerns]
    await facts.change(
        "update dunning_case set next_why = 'as before', news_seq = news_seq + 1 where id = :case", case=case
    )
    reached, _ = await told(facts, seen, case)
    assert (await told(facts, reached, case))[1] == []


async def test_the_account_of_a_debtor_hears_of_each_of_its_invoices(facts: Facts) -> None:
    case = await facts.case("1")
    (debtor,) = [row.debtor_id for row in await facts.rows("select debtor_id from dunning_case where id = :c", c=case)]
    other = await facts.case("2")
    seen = await here(facts)
    for each in (case, other):
        await paid(facts, each)
    async with facts.database.transaction() as connection:
        _, changes = await page_changes.since(connection, seen, debtors=[debtor])
    assert {(change.debtor, change.case) for change in changes} >= {(debtor, case)}
    assert {change.debtor for change in changes} == {debtor}


async def test_what_a_restored_backup_brought_along_is_told_to_nobody(facts: Facts) -> None:
    case = await facts.case("1")
    seen = await here(facts)
    await facts.change(
        "insert into page_change (case_id, written_in, kind) values (:case, 1000000000000, 'money')", case=case
    )
    assert (await told(facts, seen, case))[1] == []
    later = Position(seen.at, seen.low + 10**9, seen.ends + 10**9, frozenset())
    assert not (await here(facts)).knows_since(later)


async def test_changes_are_forgotten_after_a_day_and_who_slept_longer_is_known_to_have_missed_some(
    facts: Facts, tmp_path: Path
) -> None:
    case = await facts.case("1")
    await paid(facts, case)
    await facts.change("update page_change set recorded_at = recorded_at - interval '25 hours'")
    await paid(facts, case, "fee")
    assert await Forgetting(facts.database, AttachmentFolder(tmp_path)).forget() == 1
    assert len(await facts.rows("select 1 from page_change")) == 1
    now = await here(facts)
    asleep = Position(now.at - int(KEPT_FOR.total_seconds()), now.low, now.ends, frozenset())
    assert not now.knows_since(asleep)
    assert now.knows_since(now)


positions = some.builds(
    Position,
    at=some.integers(0, 10**10),
    low=some.integers(0, 10**12),
    ends=some.integers(0, 10**12),
    under_way=some.frozensets(some.integers(0, 10**12), max_size=20),
)


@given(positions)
def test_a_position_comes_back_from_a_browser_as_it_went(there: Position) -> None:
    assert position(str(there)) == there


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1",
        "1-2:3",
        "1-2:3:4,",
        "1-2:3:,4",
        "-1-2:3:",
        "1-2:3:4\n",
        f"1-2:3:{'1,' * 5000}1",
        "\u0661-2:3:",
        "1-2:3:0x1",
    ],
)
def test_anything_else_is_no_position(written: str) -> None:
    assert position(written) is None
