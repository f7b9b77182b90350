"""What is guessed of a case is told with its reasons, its version and its uses; of whom nothing may be guessed, nothing is."""

from datetime import timedelta
from decimal import Decimal

import pytest

from planning.service import Planning
from tests.guesses import in_segment, scored
from tests.store import LAWS, NOW, TODAY, Store
from views.prediction.guessed import Guessed, guessed, in_words


async def told(store: Store, case: int, after: timedelta = timedelta(0)) -> Guessed | None:
    now = NOW + after
    async with store.database.transaction() as connection:
        return await guessed(connection, await Planning(LAWS).plan(connection, case, now), now)


async def test_a_guess_is_told_in_words(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case, expected_on=TODAY, cold=True)
    await in_segment(store, "valued late payers")
    found = await told(store, case)
    assert found is not None
    assert list(in_words(found)) == [
        f"guessed on {NOW:%d %b %Y %H:%M} UTC by version {found.version}",
        "paid within 7 days 10%, 14 days 30%, 30 days 60%, before the next step 20%",
        f"expected within 30 days: 739.50 NOK, probably on {TODAY}",
        "in the segment valued late payers",
        "little is known of this debtor: it is much what it is for all",
        "later: paid late 3 of 5 times before",
        "sooner: the debtor kept 1 promise",
        "if it is late: forgot 70%",
        "probably forgot it (70%)",
        "  read about it and has not paid, 2026-06-29",
        "used for optional steps alone: no fee, deadline, block, termination or hand-off hangs on it",
    ]
    assert found.late_because == {"forgot": Decimal("0.7")}


async def test_what_was_scored_before_sentences_were_kept_is_told_by_its_plain_names(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case, why=[("late_share", "later", 0.8)])
    found = await told(store, case)
    assert found is not None
    assert "later: late share" in list(in_words(found))


async def test_an_old_one_says_so_and_a_retired_one_is_none(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case)
    old = await told(store, case, timedelta(days=8))
    assert old is not None
    assert old.old
    assert "more than a week old: nothing hangs on it any more" in next(in_words(old))
    assert await told(store, case, timedelta(days=31)) is None


async def test_a_segment_that_was_found_long_ago_is_none(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case)
    await in_segment(store, "valued late payers", at=NOW - timedelta(days=31))
    found = await told(store, case)
    assert found is not None
    assert found.segment is None


@pytest.mark.parametrize("kind", ["no profiling", "minor"])
async def test_nothing_is_shown_of_whom_nothing_may_be_guessed_before_the_score_is_gone(
    store: Store, kind: str
) -> None:
    case = await store.invoice()
    await scored(store, case)
    await store.known(kind)
    assert await store.one("select count(*) from payment_score") == 1
    assert await told(store, case) is None


async def test_a_case_has_its_own_score_and_no_other(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    await scored(store, first)
    assert await told(store, first) is not None
    assert await told(store, second) is None
    await store.do("update dunning_case set state = 'closed'")
    assert await told(store, first) is None
