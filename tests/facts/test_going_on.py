"""A case that has ended by night is over for everybody at once, though its thanks leave in the morning."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commands.task import call
from facts.operations import calls
from facts.operations.calls import Desk
from facts.operations.tasks import list_tasks, open_task
from facts.refusals import Refused
from tests.store import LAWS, NOW, PLANNING, TODAY, Store
from tests.world import debtor
from views.debtor_standing import standing_shown
from views.found_debtors import find_debtors

CUSTOMER = debtor().customer_number or ""
NIGHT = NOW.replace(hour=22)  # in Oslo it is 23 or 24 o'clock


async def looks(store: Store, case: int) -> None:
    """The case looks at the facts at night, and its decision is kept."""
    async with store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, case, NIGHT)
        await PLANNING.answer(connection, plan, NIGHT)


@pytest.fixture
async def reminded(store: Store) -> int:
    """A case that was reminded of and called about."""
    case = await store.invoice()
    await store.accept(await store.claim(case, at=NOW - timedelta(days=3)), NOW - timedelta(days=3))
    async with store.database.transaction() as connection:
        await open_task(connection, [case], "call", "call", "call", NOW)
    return case


async def shown(store: Store) -> tuple[int, int, int, int]:
    """How often the invoice stands among calls, tasks, what is said of its debtor, and open cases."""
    async with store.database.transaction() as connection:
        (found,) = await find_debtors(connection, "acme", CUSTOMER, NOW)
        standing = await standing_shown(connection, "acme", CUSTOMER, None, LAWS, NIGHT)
        waiting, tasks = await calls.waiting(connection, Desk()), await list_tasks(connection, "acme", None)
        return len(waiting), len(tasks), len(standing.open_cases), found.open_cases


async def test_what_was_paid_by_night_is_called_about_and_counted_no_more(store: Store, reminded: int) -> None:
    await looks(store, reminded)
    assert await shown(store) == (1, 1, 1, 1)
    await store.pay()
    await looks(store, reminded)
    (row,) = await store.rows("select state, outcome, next_step, next_at, next_why from dunning_case")
    assert (row.state, row.outcome, row.next_step) == ("open", "paid", "paid#1")
    assert row.next_at > NIGHT
    assert row.next_why == "paid in full: thanks for the payment"
    assert await shown(store) == (0, 0, 0, 0)
    async with store.database.transaction() as connection:
        with pytest.raises(Refused, match="is done: the case has ended: paid, by purr"):
            await call.take(connection, PLANNING, Desk(), await store.one("select id from task"), "kim", NIGHT)


async def test_money_that_is_taken_back_before_the_thanks_left_opens_the_case_with_new_days(
    store: Store, reminded: int
) -> None:
    await store.pay()
    await looks(store, reminded)
    await store.pay("back", amount=Decimal("-802.00"))
    await looks(store, reminded)
    (row,) = await store.rows(
        "select c.state, c.outcome, c.round, i.due_date from dunning_case c join invoice i on i.id = c.invoice_id"
    )
    assert (row.state, row.outcome, row.round) == ("open", None, 2)
    assert row.due_date >= TODAY + timedelta(days=14)


async def test_what_comes_twice_by_night_is_judged_as_after_the_close(store: Store, reminded: int) -> None:
    await store.pay()
    await looks(store, reminded)
    by_night = await store.pay("again")
    await store.do("update dunning_case set state = 'closed'")
    by_day = await store.pay("once more")
    assert (by_night.status, by_night.why) == (by_day.status, by_day.why)


async def test_the_creditors_system_hears_of_the_end_once_and_at_once(store: Store, reminded: int) -> None:
    await store.do(
        """insert into webhook_endpoint (id, creditor_id, url, events, secret_version, secrets_before, happened_at)
      values (gen_random_uuid(), 'acme', 'https://acme.example/hook', '["*"]', 1, '{}', :at)""",
        at=NOW,
    )
    await store.pay()
    for _ in range(2):
        await looks(store, reminded)
    told = [row.type for row in await store.rows("select type from webhook_message order by id")]
    assert told.count("case.closed") == 1
