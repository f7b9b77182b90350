"""A withdrawal is undone as long as nobody can have heard of it: then the case goes on as if nothing had been."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.planner.action import Action, ActionKind
from facts import diary
from facts.cases import decisions
from facts.money import refunds
from facts.refusals import CommandRefused
from tests.store import NOW, TODAY, Store

PAID = Decimal("300.00")


async def withdrawn(store: Store, *, overpayment: str = "keep", closed: bool = True) -> int:
    """A case of which a part is paid, given up, and closed once it has looked."""
    await store.do("update creditor set overpayment = :policy", policy=overpayment)
    case = await store.invoice()
    await store.pay(amount=PAID)
    await store.command(case, "withdraw")
    if closed:
        await close(store, case)
    return case


async def close(store: Store, case: int) -> None:
    """The case has looked, and ends as withdrawn."""
    loaded = await store.load(case)
    async with store.database.transaction() as connection:
        await decisions.record(
            connection, loaded, Action(ActionKind.CLOSE, "withdrawn", outcome="withdrawn"), None, NOW
        )


async def standing(store: Store, case: int) -> tuple[str, str | None, bool]:
    """Its state and outcome, and whether it is withdrawn."""
    (row,) = await store.rows("select state, outcome, withdrawn_at from dunning_case where id = :case", case=case)
    return row.state, row.outcome, row.withdrawn_at is not None


@pytest.mark.parametrize("closed", [True, False])
async def test_a_withdrawal_is_undone_and_the_case_is_told(store: Store, closed: bool) -> None:
    case = await withdrawn(store, closed=closed)
    await store.command(case, "unwithdraw")
    assert await standing(store, case) == ("open", None, False)
    assert (await store.news(case))[-1] == "unwithdraw_recorded"
    assert await store.balance() == Decimal("502.00")


async def test_what_was_owed_back_pays_the_claim_again_however_often(store: Store) -> None:
    case = await withdrawn(store, overpayment="refund")
    for _ in range(2):
        assert await store.balance() == Decimal("802.00")
        await store.command(case, "unwithdraw")
        assert await store.balance() == Decimal("502.00")
        assert await store.one("select coalesce(sum(amount), 0) from refund where state = 'due'") == 0
        await store.command(case, "withdraw")
        await close(store, case)
    await store.command(case, "unwithdraw")
    kinds = await store.rows(
        "select kind, sum(amount) as sum, count(*) as n from ledger_entry group by kind order by kind"
    )
    assert {row.kind: (row.sum, row.n) for row in kinds}["refund"] == (0, 6)  # nothing is taken out of the ledger


async def test_money_that_came_for_a_withdrawn_case_pays_it_again(store: Store) -> None:
    case = await withdrawn(store)
    await store.pay("p2", amount=Decimal("100.00"))
    assert await store.one("select sum(amount) from refund where state = 'due'") == 100
    await store.command(case, "unwithdraw")
    assert await store.balance() == Decimal("402.00")


async def test_what_was_too_much_before_is_owed_back_still(store: Store) -> None:
    await store.do("update creditor set overpayment = 'refund'")
    case = await store.invoice()
    await store.pay(amount=Decimal("900.00"))
    assert await store.one("select sum(amount) from refund where state = 'due'") == 98
    assert await standing(store, case) == ("open", None, False)
    await store.command(case, "withdraw")
    await store.command(case, "unwithdraw")
    assert await store.one("select sum(amount) from refund where state = 'due'") == 98
    assert await store.balance() == 0


async def seen(store: Store, case: int) -> None:
    async with store.database.transaction() as connection:
        await diary.write(connection, "withdrawal_seen", "debtor", [(case, {})], NOW)


async def written_to(store: Store, case: int) -> None:
    await store.accept(await store.claim(case, at=NOW + timedelta(hours=1)))


async def paid_back(store: Store, case: int) -> None:
    async with store.database.transaction() as connection:
        for item in await refunds.list_all(connection, None):
            await refunds.paid(connection, item.number, NOW)


async def recalled(store: Store, case: int) -> None:
    await store.do(
        "insert into hand_off (creditor_id, case_id, state, happened_at, answered_at) "
        "values ('acme', :case, 'recalled', :now, :now)",
        case=case,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (seen, "seen on the invoice page"),
        (written_to, "was written to since"),
        (paid_back, "money was paid back"),
        (recalled, "recalled from the collection partner"),
    ],
)
async def test_what_the_debtor_has_heard_of_stays(
    store: Store, told: Callable[[Store, int], Awaitable[None]], says: str
) -> None:
    case = await withdrawn(store, overpayment="refund")
    await told(store, case)
    with pytest.raises(CommandRefused, match=says):
        await store.command(case, "unwithdraw")
    assert (await standing(store, case))[2]


async def test_what_was_heard_before_the_withdrawal_does_not_count(store: Store) -> None:
    case = await store.invoice()
    await store.accept(await store.claim(case, at=NOW - timedelta(days=3)))
    await store.command(case, "withdraw")
    await store.command(case, "unwithdraw")
    assert await standing(store, case) == ("open", None, False)


async def test_only_a_withdrawal_is_undone(store: Store) -> None:
    case = await store.invoice()
    with pytest.raises(CommandRefused, match="is not withdrawn"):
        await store.command(case, "unwithdraw")
    await store.command(case, "dispute")
    await store.command(case, "resolve_dispute", upheld=True)
    with pytest.raises(CommandRefused, match="the debtor was right"):
        await store.command(case, "unwithdraw")


async def test_the_same_order_twice_is_done_once_and_another_one_is_refused(store: Store) -> None:
    case = await withdrawn(store)
    first = await store.command(case, "unwithdraw", id="once")
    assert await store.command(case, "unwithdraw", id="once") == first
    with pytest.raises(CommandRefused, match="is not withdrawn"):
        await store.command(case, "unwithdraw")


async def test_a_plan_that_ended_with_the_case_holds_again(store: Store) -> None:
    case = await store.invoice()
    await store.do(
        "insert into instalment_plan (creditor_id, case_id, by, reason_code, reference, state, total, interest, currency, "
        "happened_at) values ('acme', :case, 'debtor', 'page', '1', 'active', 802, 0, 'NOK', :now)",
        case=case,
        now=NOW,
    )
    await store.do(
        "insert into instalment (plan_id, number, due_on, amount) select id, 1, :day, 802 from instalment_plan",
        day=TODAY + timedelta(days=30),
    )
    await store.command(case, "withdraw")
    await close(store, case)
    assert await store.one("select state from instalment_plan") == "ended"
    await store.command(case, "unwithdraw")
    assert await store.one("select state from instalment_plan") == "active"
    assert await store.one("select count(*) from case_event where kind = 'plan_goes_on'") == 1
