"""The ramp of a creditor: who waits is decided once for all, and whoever comes in or drops out looks again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from facts.cases.load import load_case
from facts.operations.ramps import Percent, Ramp, below_all, ramp_of, set_ramp
from facts.refusals import Conflict
from tests.facts.builders import NOON, Facts, facts_in


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "ramps") as facts:
        await facts.creditor("acme")
        await facts.creditor("other", accounts=("10000000001",))
        yield facts


async def grow(facts: Facts, percent: Percent, creditor: str = "acme") -> int:
    async with facts.database.transaction() as connection:
        return await set_ramp(connection, creditor, percent, "anne", "go-live", NOON)


async def stands(facts: Facts, creditor: str = "acme") -> Ramp:
    async with facts.database.transaction() as connection:
        return await ramp_of(connection, creditor)


async def waiting(facts: Facts, *cases: int) -> set[int]:
    async with facts.database.transaction() as connection:
        loaded = [await load_case(connection, case, NOON) for case in cases]
    return {each.id for each in loaded if each.facts.outside_ramp is not None}


async def many(facts: Facts, owner: str = "acme") -> list[int]:
    return [await facts.case(f"{n}", owner, debtor={"name": "Ola", "customer_number": f"K-{n}"}) for n in range(40)]


async def test_who_is_in_stays_in_as_the_ramp_grows_and_those_who_cross_look_again(facts: Facts) -> None:
    cases = await many(facts)
    assert await waiting(facts, *cases) == set()
    outside: dict[Percent, set[int]] = {}
    before: set[int] = set()
    for percent in (1, 10, 100):
        woken = await grow(facts, percent)
        outside[percent] = await waiting(facts, *cases)
        assert {case for case, signal in await facts.news() if signal == "ramp_changed"} == before ^ outside[percent]
        assert woken == len(before ^ outside[percent])
        before = outside[percent]
    assert outside[1] > outside[10] > outside[100] == set()
    assert await grow(facts, 10)
    assert await waiting(facts, *cases) == outside[10]  # the same ones as the first time


async def test_all_invoices_of_a_debtor_are_in_or_out_together_also_those_that_come_later(facts: Facts) -> None:
    await many(facts)
    await grow(facts, 10)
    later = [await facts.case(f"b{n}", debtor={"name": "Ola", "customer_number": f"K-{n}"}) for n in range(40)]
    out = await waiting(facts, *later)
    rows = await facts.rows("select id, debtor_id from dunning_case")
    debtors = {row.debtor_id for row in rows if row.id in out}
    assert await waiting(facts, *(row.id for row in rows)) == {row.id for row in rows if row.debtor_id in debtors}
    told = await stands(facts)
    assert (told.percent, told.debtors, told.cases) == (10, 40, 80)
    assert (told.debtors_waiting, told.cases_waiting) == (len(debtors), 2 * len(debtors))


async def test_another_creditors_cases_know_nothing_of_it_and_its_debtors_have_other_places(facts: Facts) -> None:
    mine, theirs = await many(facts), await many(facts, "other")
    await grow(facts, 10)
    assert await waiting(facts, *theirs) == set()
    theirs_now = await stands(facts, "other")
    assert (theirs_now.history, theirs_now.cases, theirs_now.cases_waiting) == ((), 40, 0)
    await grow(facts, 10, "other")
    numbers = {
        row.id: row.number
        for row in await facts.rows("select c.id, i.number from dunning_case c join invoice i on i.id = c.invoice_id")
    }
    assert {numbers[each] for each in await waiting(facts, *mine)} != {
        numbers[each] for each in await waiting(facts, *theirs)
    }


async def test_each_change_is_kept_with_who_and_why_and_none_is_made_twice_or_undone(facts: Facts) -> None:
    await grow(facts, 1)
    with pytest.raises(Conflict, match="at 1 % already"):
        await grow(facts, 1)
    await grow(facts, 10)
    told = await stands(facts)
    assert [(each.percent, each.by, each.reason_code, each.since) for each in told.history] == [
        (1, "anne", "go-live", NOON),
        (10, "anne", "go-live", NOON),
    ]
    async with facts.database.transaction() as connection:
        assert {creditor: each.percent for creditor, each in (await below_all(connection)).items()} == {"acme": 10}
    with pytest.raises(DatabaseError, match="append-only"):
        async with facts.database.transaction() as connection:
            await connection.execute(text("delete from creditor_ramp"))


async def test_a_closed_case_is_not_woken(facts: Facts) -> None:
    cases = await many(facts)
    await grow(facts, 1)
    await facts.news()
    await facts.change("update dunning_case set state = 'closed'")
    assert await grow(facts, 100) == 0
    assert await facts.news() == []
    assert len(cases) == 40
