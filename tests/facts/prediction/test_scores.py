"""Scores are kept in bulk, in place of the earlier ones; of whom nothing may be guessed there are none."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commands.debtor.change import DebtorChange, change_debtor
from planning.service import Planning
from tests.guesses import in_segment, scored
from tests.store import LAWS, NOW, Store
from tests.world import debtor

KEPT = "select case_id, chance_14, scored_at from payment_score order by case_id"
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}


async def test_a_refresh_takes_the_place_of_the_one_before(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    assert await scored(store, second, first) == 2
    later = NOW + timedelta(days=1)
    assert await scored(store, second, at=later, chance_14=Decimal("0.99995"), chance_next_step=None) == 1
    assert await store.rows(KEPT) == [(first, Decimal("0.3"), NOW), (second, Decimal(1), later)]


async def test_a_case_that_is_closed_or_nobodys_has_no_score(store: Store) -> None:
    case = await store.invoice()
    await store.do("update dunning_case set state = 'closed'")
    assert await scored(store, case, case + 1) == 0


async def test_whoever_objected_while_scores_were_made_has_none(store: Store) -> None:
    theirs = await store.invoice()
    await store.known("no profiling")
    others = await store.invoice("1002", debtor=debtor(**OLA))
    assert await scored(store, theirs, others) == 1
    assert [row.case_id for row in await store.rows(KEPT)] == [others]


@pytest.mark.parametrize(
    "said", [{"objects_to_profiling": True}, {"stop_reason": "deceased"}, {"stop_reason": "minor"}]
)
async def test_what_was_guessed_is_erased_by_the_word_that_forbids_it(store: Store, said: dict[str, object]) -> None:
    theirs = [await store.invoice("1001"), await store.invoice("1002", reference=None)]
    others = await store.invoice("1003", debtor=debtor(**OLA))
    await scored(store, *theirs, others)
    await in_segment(store, "valued late payers")
    async with store.database.transaction() as connection:
        told = DebtorChange.model_validate({"by": "anne", "reason_code": "called"} | said)
        await change_debtor(connection, Planning(LAWS), "acme", "K-1", None, told, NOW)
    assert [row.case_id for row in await store.rows(KEPT)] == [others]
    (left,) = await store.rows("select d.customer_number from debtor_segment s join debtor d on d.id = s.debtor_id")
    assert left.customer_number == "K-10"


async def test_other_words_of_a_debtor_leave_the_scores(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case)
    async with store.database.transaction() as connection:
        told = DebtorChange.model_validate({"by": "anne", "reason_code": "called", "no_calls": True})
        await change_debtor(connection, Planning(LAWS), "acme", "K-1", None, told, NOW)
    assert len(await store.rows(KEPT)) == 1
