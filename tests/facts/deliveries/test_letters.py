"""What becomes of letters: posted starts the clock, returned voids a notice, pulled is as if never sent."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from facts.cases.load import load_case
from facts.deliveries import letters
from facts.refusals import Refused
from tests.facts.builders import NOON, Facts, facts_in
from tests.world import SPRING

TODAY = SPRING
QUEUE = """
insert into hand_off (creditor_id, case_id, state, happened_at) values ('acme', :case, 'queued', :at) returning id
"""


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    async with facts_in(postgres_url, "letters") as facts:
        await facts.creditor("acme")
        await facts.creditor("other", accounts=("10000000001",))
        yield facts


async def post(facts: Facts, batch: str, on: date = TODAY, creditor: str | None = None) -> int:
    async with facts.database.transaction() as connection:
        return await letters.posted(connection, creditor, batch, on, NOON)


async def return_(facts: Facts, letter: UUID, creditor: str | None = None) -> bool:
    async with facts.database.transaction() as connection:
        return await letters.returned(connection, creditor, letter, NOON)


async def fees(facts: Facts) -> Decimal:
    (row,) = await facts.rows("select coalesce(sum(amount), 0) as fees from ledger_entry where part = 'fee'")
    return Decimal(row.fees)


async def test_a_posted_batch_dates_its_letters_and_tells_their_cases_once(facts: Facts) -> None:
    first, second, third = await facts.case("1"), await facts.case("2"), await facts.case("3")
    await facts.delivery(first, "reminder", second, batch="b-1")
    await facts.delivery(third, batch="b-2")
    assert await post(facts, "b-1") == 1
    assert sorted(await facts.news()) == [(first, "letter_posted"), (second, "letter_posted")]
    posted = await facts.rows("select batch, posted_on from delivery order by batch")
    assert [tuple(row) for row in posted] == [("b-1", TODAY), ("b-2", None)]
    assert await post(facts, "b-1") == 0
    assert await facts.news() == []


@pytest.mark.parametrize(
    ("batch", "on", "creditor", "why"),
    [
        ("b-9", TODAY, None, "no print batch b-9"),
        ("b-1", TODAY, "other", "no print batch b-1"),
        ("b-1", TODAY + timedelta(days=2), None, "is ahead"),
        ("b-1", TODAY - timedelta(days=1), None, "it cannot have been posted on 2026-03-01"),
    ],
)
async def test_what_cannot_have_been_posted_is_refused(
    facts: Facts, batch: str, on: date, creditor: str | None, why: str
) -> None:
    await facts.delivery(await facts.case(), batch="b-1")
    with pytest.raises(Refused, match=why):
        await post(facts, batch, on, creditor)


async def test_a_posting_day_stays_as_it_was_told_first(facts: Facts) -> None:
    await facts.delivery(await facts.case(), batch="b-1")
    await post(facts, "b-1")
    with pytest.raises(Refused, match="was posted on 2026-03-02"):
        await post(facts, "b-1", TODAY + timedelta(days=1))


async def test_a_returned_reminder_marks_the_address_wrong_and_takes_the_fee_back(facts: Facts) -> None:
    case = await facts.case()
    letter = await facts.delivery(case, fee=35)
    assert await return_(facts, letter, "acme")
    assert await fees(facts) == 0
    assert [tuple(r) for r in await facts.rows("select state from contact_point where channel = 'letter'")] == [
        ("wrong",)
    ]
    assert await facts.news() == [(case, "delivery_failed")]
    assert [r.round for r in await facts.rows("select round from dunning_case")] == [1]
    assert not await return_(facts, letter)
    assert await facts.news() == []


async def test_a_returned_notice_begins_a_new_round_and_backs_the_queued_hand_off_out(facts: Facts) -> None:
    case = await facts.case()
    notice = await facts.delivery(case, "collection-notice", deadline=TODAY)
    await facts.change(QUEUE, case=case, at=NOON)
    assert await return_(facts, notice)
    assert [r.round for r in await facts.rows("select round from dunning_case")] == [2]
    assert [r.state for r in await facts.rows("select state from hand_off")] == ["backed out"]
    assert [(r.kind, r.by) for r in await facts.rows("select kind, by from case_event")] == [
        ("notice_returned", "purr")
    ]
    async with facts.database.transaction() as connection:
        assert (await load_case(connection, case, NOON)).facts.hand_off is None


async def test_a_notice_of_an_earlier_round_that_comes_back_late_does_not_begin_another(facts: Facts) -> None:
    notice = await facts.delivery(await facts.case(), "collection-notice")
    await facts.change("update dunning_case set round = 2")
    assert await return_(facts, notice)
    assert [r.round for r in await facts.rows("select round from dunning_case")] == [2]


async def test_a_letter_that_is_unknown_or_anothers_is_refused(facts: Facts) -> None:
    letter = await facts.delivery(await facts.case())
    with pytest.raises(Refused, match="give the id printed on the letter"):
        await return_(facts, uuid4())
    with pytest.raises(Refused, match="no letter"):
        await return_(facts, letter, "other")


async def test_the_batches_say_whose_they_are_how_many_wait_and_since_when(facts: Facts) -> None:
    first, second = await facts.case("1"), await facts.case("2", "other")
    await facts.delivery(first, batch="b-1")
    await facts.delivery(first, "collection-notice", batch="b-1", at=NOON + timedelta(hours=1))
    await facts.delivery(second, batch="b-2", at=NOON + timedelta(hours=2))
    await post(facts, "b-2")
    async with facts.database.transaction() as connection:
        everyones = await letters.list_batches(connection, None)
        mine = await letters.list_batches(connection, "acme")
    assert mine == [letters.Batch("b-1", "acme", 2, None, NOON)]
    assert everyones == [*mine, letters.Batch("b-2", "other", 1, TODAY, NOON + timedelta(hours=2))]


async def test_a_pulled_letter_is_as_if_never_sent_and_its_place_is_free_for_a_fresh_one(facts: Facts) -> None:
    case = await facts.case()
    letter = await facts.delivery(case, fee=35, batch="b-1")
    async with facts.database.transaction() as connection:
        assert await letters.pulled(connection, letter, NOON) == [case]
        assert await letters.pulled(connection, letter, NOON) == ()
        assert (await load_case(connection, case, NOON)).facts.deliveries == ()
        assert await letters.list_batches(connection, None) == []
    assert await fees(facts) == 0
    assert await facts.news() == [(case, "letter_pulled")]
    await facts.delivery(case, fee=35, batch="b-1")
    assert await fees(facts) == 35
