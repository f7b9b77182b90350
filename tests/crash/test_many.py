"""Killed with -9 in the middle of an order to many: begun again, each debtor is told of once, and the report is whole."""

from typing import Any

import pytest
from sqlalchemy import text

from benchmarks.postings import open_invoices
from facts import clock
from facts.operations import many
from facts.operations.many import Asked, Order
from tests.crash.test_kills import Stage, patiently, stage
from views.selected import PAGE

FULL, SMALL = 2_000, 450  # cases, each of another debtor
ALREADY = 7  # one of so many debtors is stopped before
KILLED_AFTER_FULL, KILLED_AFTER_SMALL = (1, 2), (1,)  # pages

DEAD = text("update debtor set stop_reason = 'deceased' where id % :every = 0 returning id")
STOPS = text("""
select (select count(*) from debtor where stop_reason = 'other') as stopped,
  (select max(times) from (select count(*) as times from life_event where by = 'anne' group by debtor_id) t) as most
""")


async def stands(here: Stage, order: int) -> Order:
    """How an order stands."""
    async with here.database.transaction() as connection:
        found = await many.find(connection, order)
    assert found is not None
    return found


@pytest.mark.asyncio
@pytest.mark.timeout(900)
async def test_an_order_survives_its_worker_being_killed_within_a_page(postgres_url: str, full: bool) -> None:
    cases, killed_after = (FULL, KILLED_AFTER_FULL) if full else (SMALL, KILLED_AFTER_SMALL)
    async with stage(postgres_url, "many_crash") as here:
        # Closed cases: what is said of their debtors is kept, and wakes nobody.
        await open_invoices(here.database, "power", "98765432100", cases, state="closed")
        async with here.database.transaction() as connection:
            refused = len((await connection.execute(DEAD, {"every": ALREADY})).all())
            asked = Asked("anne", "power", "stop", "asked", None, "state=closed", cases)
            order = await many.ask(connection, asked, await clock.now(connection))
        await here.programs.start_again("worker")
        for pages in killed_after:

            async def beyond(begun: int = pages) -> bool:
                now = await stands(here, order)
                return now.done + now.refused >= begun * PAGE

            await patiently(beyond, 0.02)
            here.programs.kill("worker")
            left = await stands(here, order)
            assert left.ended_at is None
            assert (left.done + left.refused) % PAGE == 0  # nothing of a page that was not done whole
            await here.programs.start_again("worker")

        async def ended() -> bool:
            return (await stands(here, order)).ended_at is not None

        await patiently(ended)
        report = await stands(here, order)
        assert (report.done, report.refused, report.matching) == (cases - refused, refused, cases)
        async with here.database.transaction() as connection:
            sums: Any = (await connection.execute(STOPS)).one()
            whys = await many.refusals(connection, order, cases)
        assert (sums.stopped, sums.most) == (cases - refused, 1)
        assert len(whys) == refused
